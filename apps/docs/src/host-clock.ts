// Loaded before a document's program: the program begins at a moment that the test chose, and time runs on from there.
const offsetMs = Number(process.env["HOST_CLOCK_OFFSET_MS"]);
const hostNow = Date.now.bind(Date);
Date.now = () => hostNow() + offsetMs;
