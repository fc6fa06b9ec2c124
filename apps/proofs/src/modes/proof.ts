import fs from "node:fs";
import { dirname, join } from "node:path";
import type { ModesOrder, ModesPlan } from "./modes-worker.ts";
import { atLeast, counted, none, type Proof, told } from "../harness/proof.ts";
import { type Worker, workerGroup } from "../workers/worker-group.ts";

const file = new URL("./modes-worker.ts", import.meta.url);
const nobody = 65_534;
const foreignText = "belongs to somebody else, and anybody may write it";

const newTally = () => ({
  looked: 0,
  loose: [] as string[],
  links: 0,
  foreignChanged: [] as string[],
  untyped: [] as string[],
});
type Tally = ReturnType<typeof newTally>;

export const modes: Proof = {
  name: "modes",
  promises: ["P9"],
  bar: "under umask 000, 022, 077 and 777, over loose files and planted links: directories 0700 and files 0600 always, no foreign byte changed",
  async run(context) {
    if (process.platform === "win32") return { holds: false, figure: "needs a system with modes" };
    const user = process.geteuid?.() === 0 ? nobody : undefined;
    const full = context.scale === "full";
    await using group = workerGroup(context);
    giveAway(context.directory, user);
    const tally = newTally();
    const umasks = [0o000, 0o022, 0o077, 0o777];
    const workers = umasks.map((umask) => group.start(file, { umask, user } satisfies ModesPlan));
    for (const [index, worker] of workers.entries()) {
      await worker.hear();
      const place = join(context.directory, `umask-${index}`);
      fs.mkdirSync(place);
      giveAway(place, user);
      await freshAndLoose(worker, place, user, tally);
      // Whom a link leads astray has nothing to do with the umask: in short one of them is enough.
      if (full || index === 1) await planted(worker, place, user, tally);
      worker.tell("end" satisfies ModesOrder);
    }
    return counted({
      "umasks, as an ordinary user": told(umasks.length),
      "paths looked at": atLeast(tally.looked, 60),
      "looser than 0700 or 0600": none(tally.loose),
      "links planted": atLeast(tally.links, full ? 100 : 25),
      "foreign files changed": none(tally.foreignChanged),
      "errors without a type": none(tally.untyped),
    });
  },
};

async function freshAndLoose(worker: Worker, place: string, user: number | undefined, tally: Tally): Promise<void> {
  const order = { directory: join(place, "fresh", "store"), keyPath: join(place, "fresh", "keys", "key") };
  await use(worker, order, tally, () => {
    look(join(place, "fresh"), tally);
    // As a program leaves it that is killed, and as somebody's copy of it would be.
    fs.cpSync(join(place, "fresh"), join(place, "loose"), { recursive: true });
  });
  look(join(place, "fresh"), tally);

  // Empty, and used only by the program that makes a store.
  fs.rmSync(join(place, "loose", "store", "locks", `${"0".repeat(64)}.lock`), { force: true });
  for (const path of everything(join(place, "loose")))
    fs.chmodSync(path, fs.lstatSync(path).isDirectory() ? 0o777 : 0o666);
  // A key that others could read is not used again; that is another error, and looked at elsewhere.
  fs.chmodSync(join(place, "loose", "keys", "key"), 0o600);
  giveAway(join(place, "loose"), user);
  const copied = { directory: join(place, "loose", "store"), keyPath: join(place, "loose", "keys", "key") };
  const codes = await use(worker, copied, tally, () => look(copied.directory, tally));
  if (codes.some((code) => code !== "done")) tally.untyped.push(`loose files: ${codes.join()}`);
  look(copied.directory, tally);
}

function isAccountLock(name: string): boolean {
  return name.endsWith(".lock") && !name.startsWith("0".repeat(64));
}

async function planted(worker: Worker, place: string, user: number | undefined, tally: Tally): Promise<void> {
  const model = join(place, "fresh");
  const lock = fs.readdirSync(join(model, "store", "locks")).find(isAccountLock) ?? "";
  const database = ["", "-wal", "-shm", "-journal"].map((suffix) => `store/sessions.db${suffix}`);
  const locks = ["", "-journal", "-wal", "-shm"].map((suffix) => `store/locks/${lock}${suffix}`);
  const names = ["store", ...database, "store/locks", ...locks, "keys", "keys/key"];
  const kinds = ["symbolic", "hard", "dangling", "directory"] as const;
  for (const [index, name] of names.entries()) {
    for (const kind of kinds) {
      const root = join(place, `link-${index}-${kind}`);
      fs.cpSync(model, root, { recursive: true });
      const target = join(root, name);
      const foreign = join(root, "foreign");
      fs.mkdirSync(foreign);
      fs.chmodSync(foreign, 0o777);
      const bait = join(foreign, "bait");
      fs.writeFileSync(bait, foreignText);
      fs.chmodSync(bait, 0o666);
      fs.rmSync(target, { recursive: true, force: true });
      if (kind === "hard") fs.linkSync(bait, target);
      else fs.symlinkSync({ symbolic: bait, dangling: join(foreign, "nothing"), directory: foreign }[kind], target);
      giveAway(root, user);
      const before = state(foreign);
      const order = { directory: join(root, "store"), keyPath: join(root, "keys", "key") };
      const codes = await use(worker, order, tally);
      tally.links += 1;
      // A directory for keys that is a link belongs to whoever chose the path: a key may be made behind it, nothing else.
      const allowed = name === "keys" && kind === "directory";
      if (!allowed && state(foreign) !== before) tally.foreignChanged.push(`${kind} ${name}: ${codes.join()}`);
      if (fs.readFileSync(bait, "utf8") !== foreignText) tally.foreignChanged.push(`bytes behind ${kind} ${name}`);
    }
  }
}

/** Lets the program open a store, read, write and lock; `meanwhile` runs while everything is open. */
async function use(
  worker: Worker,
  order: ModesOrder,
  tally: Tally,
  meanwhile?: () => void,
): Promise<readonly string[]> {
  worker.tell(order);
  const codes = await worker.hear<readonly string[]>();
  meanwhile?.();
  worker.tell("close" satisfies ModesOrder);
  await worker.hear();
  tally.untyped.push(...codes.filter((code) => code.startsWith("untyped")));
  return codes;
}

function look(root: string, tally: Tally): void {
  for (const path of everything(root)) {
    const stat = fs.lstatSync(path);
    const mode = stat.mode & 0o777;
    tally.looked += 1;
    if (mode !== (stat.isDirectory() ? 0o700 : 0o600))
      tally.loose.push(`${path.slice(dirname(root).length)} ${mode.toString(8)}`);
  }
}

function everything(root: string): string[] {
  return [root, ...fs.readdirSync(root, { recursive: true }).map((name) => join(root, String(name)))];
}

/** Names, bytes and modes of what belongs to somebody else. */
function state(foreign: string): string {
  return everything(foreign)
    .map(
      (path) => `${path} ${fs.statSync(path).mode} ${fs.lstatSync(path).isFile() ? fs.readFileSync(path, "utf8") : ""}`,
    )
    .join("\n");
}

function giveAway(root: string, user: number | undefined): void {
  if (user === undefined) return;
  for (const path of everything(root)) if (!fs.lstatSync(path).isSymbolicLink()) fs.chownSync(path, user, user);
}
