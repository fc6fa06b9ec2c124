import fs from "node:fs";
import path from "node:path";
import { Failure } from "./failure.mjs";

/**
 * Prepares a folder under another name and renames it when it works: a half-finished one is never seen, and of several
 * runs at the same time the first wins and the others take its folder.
 * @param {object} options
 * @param {string} options.folder
 * @param {string} options.executable what has to be in it, relative to it
 * @param {(temporary: string) => Promise<void>} options.prepare
 * @param {(executable: string) => void} options.check throws if it does not work
 * @returns {Promise<string>} the executable's path
 */
export async function prepareOnce({ folder, executable, prepare, check }) {
  const finished = path.join(folder, executable);
  if (fs.existsSync(finished)) return finished;
  const temporary = makeTemporary(folder);
  try {
    await prepare(temporary);
    check(path.join(temporary, executable));
    await moveInto(folder, temporary, finished);
    return finished;
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

function makeTemporary(folder) {
  const parent = path.dirname(folder);
  try {
    fs.mkdirSync(parent, { recursive: true });
    removeAbandoned(parent);
    return fs.mkdtempSync(`${folder}.new-`);
  } catch (error) {
    throw new Failure(`${parent} cannot be written (${error.code}): set BROKER_AUTH_TOOLS to a folder that can.`);
  }
}

/** What a run that was killed left behind; a day is longer than any run. */
function removeAbandoned(parent) {
  for (const name of fs.readdirSync(parent)) {
    const file = path.join(parent, name);
    if (!name.includes(".new-")) continue;
    // Another run may be done with it, and have moved it, since the folder was read.
    const changedAt = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - changedAt > 24 * 60 * 60_000) fs.rmSync(file, { recursive: true, force: true });
  }
}

async function moveInto(folder, temporary, finished) {
  for (let attempt = 1; ; attempt++) {
    try {
      return fs.renameSync(temporary, folder);
    } catch (error) {
      // Somebody else was faster, and theirs is as good.
      if (fs.existsSync(finished)) return;
      // Something is there, but not the program: left over from a clean-up that took only part of it.
      if (error.code === "ENOTEMPTY" || error.code === "EEXIST") fs.rmSync(folder, { recursive: true, force: true });
      if (attempt === 10)
        throw new Failure(`${folder} could not be put in place (${error.code}): remove it and run this again.`);
      // Windows refuses while a virus scanner still looks at the new program.
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
    }
  }
}
