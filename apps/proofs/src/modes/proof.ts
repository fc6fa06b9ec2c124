import fs from "node:fs";
import { dirname, join } from "node:path";
import { counted, faults, type Proof, total } from "../harness/proof.ts";
import { type Worker, WorkerGroup } from "../workers/worker-group.ts";
import type { ModesPlan, ModesProgram } from "./modes-worker.ts";

const file = new URL("./modes-worker.ts", import.meta.url);
const nobody = 65_534;
// To whom the files are given, where the proof runs as the superuser.
const user = process.geteuid?.() === 0 ? nobody : undefined;
const foreignText = "belongs to somebody else, and anybody may write it";

const newFound = (links: number) => ({
  umasks: total("umasks, as an ordinary user"),
  looked: total("paths looked at", { atLeast: 60 }),
  loose: faults("looser than 0700 or 0600"),
  links: total("links planted", { atLeast: links }),
  foreignChanged: faults("foreign files changed"),
  untyped: faults("errors without a type"),
});
type Found = ReturnType<typeof newFound>;
type Modes = Worker<ModesProgram>;

export const proof: Proof = {
  promises: ["P9"],
  bar: "under umask 000, 022, 077 and 777, over loose files and planted links: directories 0700 and files 0600 always, no foreign byte changed",
  async run(context) {
    if (process.platform === "win32") return { holds: false, figure: "needs a system with modes" };
    const full = context.scale === "full";
    await using group = new WorkerGroup(context);
    giveAway(context.directory);
    const found = newFound(full ? 100 : 25);
    for (const [index, umask] of [0o000, 0o022, 0o077, 0o777].entries()) {
      const [worker] = await group.crew<ModesProgram>(1, file, { umask, user } satisfies ModesPlan);
      found.umasks.add(1);
      const place = join(context.directory, `umask-${index}`);
      fs.mkdirSync(place);
      giveAway(place);
      await freshAndLoose(worker!, place, found);
      // Whom a link leads astray has nothing to do with the umask: in short one of them is enough.
      if (full || index === 1) await planted(worker!, place, found);
      await worker!.end();
    }
    return counted(found);
  },
};

async function freshAndLoose(worker: Modes, place: string, found: Found): Promise<void> {
  const [fresh, loose] = [join(place, "fresh"), join(place, "loose")];
  await use(worker, fresh, found, () => {
    look(fresh, found);
    // As a program leaves it that is killed, and as somebody's copy of it would be.
    fs.cpSync(fresh, loose, { recursive: true });
  });
  look(fresh, found);

  // Empty, and used only by the program that makes a store.
  fs.rmSync(join(loose, "store", "locks", `${"0".repeat(64)}.lock`), { force: true });
  for (const path of everything(loose)) fs.chmodSync(path, fs.lstatSync(path).isDirectory() ? 0o777 : 0o666);
  // A key that others could read is not used again; that is another error, and looked at elsewhere.
  fs.chmodSync(join(loose, "keys", "key"), 0o600);
  giveAway(loose);
  const store = join(loose, "store");
  const codes = await use(worker, loose, found, () => look(store, found));
  if (codes.some((code) => code !== "done")) found.untyped.add(`loose files: ${codes.join()}`);
  look(store, found);
}

async function planted(worker: Modes, place: string, found: Found): Promise<void> {
  const model = join(place, "fresh");
  const lock = fs.readdirSync(join(model, "store", "locks")).find((name) => /^(?!0{64}).*\.lock$/.test(name)) ?? "";
  const database = ["", "-wal", "-shm", "-journal"].map((suffix) => `store/sessions.db${suffix}`);
  const locks = ["", "-journal", "-wal", "-shm"].map((suffix) => `store/locks/${lock}${suffix}`);
  const names = ["store", ...database, "store/locks", ...locks, "keys", "keys/key"];
  for (const [index, name] of names.entries()) {
    for (const kind of ["symbolic", "hard", "dangling", "directory"] as const) {
      const root = join(place, `link-${index}-${kind}`);
      fs.cpSync(model, root, { recursive: true });
      const [target, foreign] = [join(root, name), join(root, "foreign")];
      const bait = join(foreign, "bait");
      fs.mkdirSync(foreign);
      fs.writeFileSync(bait, foreignText);
      fs.chmodSync(foreign, 0o777);
      fs.chmodSync(bait, 0o666);
      fs.rmSync(target, { recursive: true, force: true });
      if (kind === "hard") fs.linkSync(bait, target);
      else fs.symlinkSync({ symbolic: bait, dangling: join(foreign, "nothing"), directory: foreign }[kind], target);
      giveAway(root);
      const before = state(foreign);
      const codes = await use(worker, root, found);
      found.links.add(1);
      // A directory for keys that is a link belongs to whoever chose the path: a key may be made behind it, nothing else.
      const allowed = name === "keys" && kind === "directory";
      if (!allowed && state(foreign) !== before) found.foreignChanged.add(`${kind} ${name}: ${codes.join()}`);
      if (fs.readFileSync(bait, "utf8") !== foreignText) found.foreignChanged.add(`bytes behind ${kind} ${name}`);
    }
  }
}

/** Lets the program open the store of a folder, read, write and lock; `meanwhile` runs while everything is open. */
async function use(worker: Modes, root: string, found: Found, meanwhile?: () => void): Promise<readonly string[]> {
  const using = worker.ask("use", join(root, "store"), join(root, "keys", "key"));
  await worker.says("open");
  meanwhile?.();
  worker.goOn();
  const codes = await using;
  found.untyped.add(...codes.filter((code) => code.startsWith("untyped")));
  return codes;
}

function look(root: string, found: Found): void {
  for (const path of everything(root)) {
    const stat = fs.lstatSync(path);
    const mode = stat.mode & 0o777;
    found.looked.add(1);
    if (mode !== (stat.isDirectory() ? 0o700 : 0o600))
      found.loose.add(`${path.slice(dirname(root).length)} ${mode.toString(8)}`);
  }
}

function everything(root: string): string[] {
  return [root, ...fs.readdirSync(root, { recursive: true }).map((name) => join(root, String(name)))];
}

/** Names, bytes and modes of what belongs to somebody else. */
function state(foreign: string): string {
  const facts = everything(foreign).map((path) => {
    const bytes = fs.lstatSync(path).isFile() ? fs.readFileSync(path, "utf8") : "";
    return `${path} ${fs.statSync(path).mode} ${bytes}`;
  });
  return facts.join("\n");
}

function giveAway(root: string): void {
  if (user === undefined) return;
  for (const path of everything(root)) if (!fs.lstatSync(path).isSymbolicLink()) fs.chownSync(path, user, user);
}
