import { expect, test } from "vitest";
import { type JournalArrival, createJournal } from "./journal.ts";

const arrival: JournalArrival = {
  at: 1,
  broker: "nubra",
  listener: "api",
  method: "GET",
  path: "/userinfo",
  query: "",
  headers: {},
  body: undefined,
};

test("holds a request from its arrival on, before it is answered", () => {
  const journal = createJournal();
  const entry = journal.open(arrival);
  expect(journal.entries()).toMatchObject([{ sequence: 1, outcome: "pending", status: undefined, notes: [] }]);
  entry.tell({ account: "main", step: "userinfo", outcome: "accepted", status: 200 });
  entry.note("something odd");
  expect(journal.entries()).toMatchObject([
    { account: "main", step: "userinfo", outcome: "accepted", status: 200, notes: ["something odd"] },
  ]);
});

test("keeps the order of arrival whatever is answered first", () => {
  const journal = createJournal();
  const first = journal.open({ ...arrival, path: "/first" });
  const second = journal.open({ ...arrival, path: "/second" });
  second.tell({ outcome: "accepted" });
  first.tell({ outcome: "accepted" });
  expect(journal.entries().map(({ path }) => path)).toEqual(["/first", "/second"]);
});

test("counts by every field, by several steps and by the first word of an outcome", () => {
  const journal = createJournal();
  journal.open(arrival).tell({ step: "verifypin", account: "main", outcome: "refused: wrong-pin", status: 400 });
  journal.open(arrival).tell({ step: "totp-login", account: "main", outcome: "accepted", status: 201 });
  journal.open({ ...arrival, broker: "kotak-neo" }).tell({ outcome: "refused" });
  expect(journal.count()).toBe(3);
  expect(journal.count({ outcome: "refused" })).toBe(2);
  expect(journal.count({ outcome: "refused: wrong-pin" })).toBe(1);
  expect(journal.count({ step: ["verifypin", "totp-login"] })).toBe(2);
  expect(journal.count({ broker: "nubra", account: "main", status: 201 })).toBe(1);
  expect(journal.count({ step: "logout" })).toBe(0);
});

test("counts from a mark on", () => {
  const journal = createJournal();
  journal.open(arrival);
  const mark = journal.mark();
  expect(journal.count({ after: mark })).toBe(0);
  journal.open(arrival);
  expect(journal.count({ after: mark })).toBe(1);
});

test("never gives a sequence number twice, even after it was cleared", () => {
  const journal = createJournal();
  const open = journal.open(arrival);
  journal.clear();
  const next = journal.open(arrival);
  expect(next.sequence).toBe(2);
  // What was forgotten stays forgotten, also when its answer goes out later.
  open.tell({ outcome: "accepted" });
  expect(journal.entries()).toMatchObject([{ sequence: 2, outcome: "pending" }]);
});

test("keeps only the latest where it is told to", () => {
  const journal = createJournal({ keep: 2 });
  const first = journal.open(arrival);
  journal.open(arrival);
  journal.open(arrival);
  first.tell({ outcome: "accepted" });
  expect(journal.entries()).toMatchObject([
    { sequence: 2, outcome: "pending" },
    { sequence: 3, outcome: "pending" },
  ]);
});

test("tells who waits as soon as enough has arrived", async () => {
  const journal = createJournal();
  const waiting = journal.until({ step: "verifypin" }, 2);
  journal.open(arrival).tell({ step: "verifypin" });
  journal.open(arrival).tell({ step: "verifypin" });
  expect(await waiting).toHaveLength(2);
  expect(await journal.until({ step: "verifypin" })).toHaveLength(2);
});

test("hands out copies that later changes do not reach", () => {
  const journal = createJournal();
  const entry = journal.open(arrival);
  const [before] = journal.entries();
  entry.tell({ outcome: "accepted" });
  expect(before?.outcome).toBe("pending");
});
