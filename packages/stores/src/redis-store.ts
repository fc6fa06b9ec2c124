import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { BrokerAuthError, isBrokerAuthError, type RecordKey, type StoredRecord, type TokenStore } from "@x/core";
import { Leases } from "./lease.ts";
import { aborted } from "./lock-waits.ts";
import { requireKnownOptions, requireSpan, wrong } from "./option-names.ts";
import { type PlaintextOptions, plaintextRule } from "./plaintext-rule.ts";
import { RedisBell } from "./redis-bell.ts";
import { nodesOf, type RedisClient } from "./redis-client.ts";
import { isAnswer, redisFailure } from "./redis-failure.ts";
import { isNotAllowed, redisRights } from "./redis-rights.ts";
import { droppedUnsent } from "./redis-unsent.ts";
import { releaseScript, renewScript, swapScript, takeScript } from "./redis-script.ts";
import { headerText, readHeader, readStored, requireSize } from "./stored-fields.ts";
import { withinTime } from "./time-limit.ts";

export interface RedisStoreOptions extends PlaintextOptions {
  /** Begins every key of the store: letters, digits and `.:_-`. Stores with different ones do not know each other. Default `broker-auth`. */
  readonly prefix?: string | undefined;
  /** How long one call may take, in milliseconds, a pause of the connection included. Default 4,000: less than the engine waits. */
  readonly timeoutMs?: number | undefined;
  /** After how many milliseconds the lock of a dead program is free. Renewed every third of it. Default 30,000. */
  readonly leaseMs?: number | undefined;
}

const place = "Redis";
// How often a client without a connection is looked at.
const lookMs = 10;
const scanned = 500;

/**
 * A store for programs on several machines, in Redis or Valkey. Takes a client of the package `redis` that was connected by its owner, and is ended
 * by it: `close()` leaves it open. It gets a listener for `error`, once, because without one a lost connection ends the process. What is lost when a server fails depends on its settings: see docs/stores-redis.md.
 * @throws BrokerAuthError `configuration` for a wrong option; at the first call, for a server that evicts records
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): TokenStore {
  requireClient(client);
  requireKnownOptions(options, ["prefix", "timeoutMs", "leaseMs", "plaintext"]);
  const { prefix = "broker-auth" } = options;
  if (!/^[\w.:-]{1,64}$/.test(prefix)) throw wrong("prefix", "must be 1 to 64 letters, digits and .:_-");
  const timeoutMs = requireSpan("timeoutMs", options.timeoutMs ?? 4_000, 1);
  const leaseMs = requireSpan("leaseMs", options.leaseMs ?? 30_000, 300);
  const trouble = troubleOf(client);
  const commands = droppedUnsent(client, timeoutMs);
  // One slot of a cluster for what belongs to one account.
  const recordKey = (key: RecordKey): string => `{${prefix}:${key}}`;
  const lockKey = (key: RecordKey): string => `${recordKey(key)}:lock`;
  const channel = `${prefix}:free`;
  let checking: Promise<void> | undefined;
  let checked = false;

  async function connected(until: number): Promise<void> {
    for (; client.isOpen && !client.isReady; await pause(lookMs))
      if (performance.now() >= until) throw trouble.last ?? silent(timeoutMs);
    if (!client.isOpen) throw closed();
    trouble.last = undefined;
  }

  // A command is not left in the client's queue: there it would be carried out long after its caller has given up.
  async function limited<Result>(command: () => Promise<Result>, until: number): Promise<Result> {
    if (!client.isReady) await connected(until);
    return withinTime(command, Math.max(until - performance.now(), 1), () => silent(timeoutMs));
  }

  // A connection that broke leaves open what became of the command. Each of ours may be repeated: it knows what it has done.
  async function call<Result>(command: () => Promise<Result>, until = performance.now() + timeoutMs): Promise<Result> {
    try {
      return await limited(command, until);
    } catch (error) {
      if (isBrokerAuthError(error) || isAnswer(error) || performance.now() >= until) throw redisFailure(error, place);
    }
    try {
      return await limited(command, until);
    } catch (error) {
      throw redisFailure(error, place);
    }
  }

  async function check(until: number): Promise<void> {
    checking ??= call(async () => requireKept(client), until);
    try {
      await checking;
      checked = true;
    } finally {
      checking = undefined;
    }
  }

  async function whenChecked<Result>(command: () => Promise<Result>): Promise<Result> {
    const until = performance.now() + timeoutMs;
    if (!checked) await check(until);
    return call(command, until);
  }

  // What is done beside the calls fails unseen.
  let warned = false;
  const warnIfRefused = (error: unknown): void => {
    if (warned || !isNotAllowed(error)) return;
    warned = true;
    warnOfRights();
  };
  async function unseen<Result>(command: Promise<Result>): Promise<Result> {
    try {
      return await command;
    } catch (error) {
      warnIfRefused(error);
      throw error;
    }
  }

  const bell = new RedisBell(client, channel, warnIfRefused);
  const leases = new Leases(
    {
      async take(key, token, signal) {
        // Where it was sent and its answer was lost, it is sent again: it may have been carried out.
        let sent = false;
        const answer = await whenChecked(async () => {
          if (!sent && signal?.aborted) throw aborted();
          sent = true;
          return takeScript.run(commands(), lockKey(key), token, `${leaseMs}`);
        });
        return Number(answer);
      },
      renew: async (key, token) =>
        (await call(() => unseen(renewScript.run(commands(), lockKey(key), token, `${leaseMs}`)))) === 1,
      release: async (key, token) =>
        void (await call(() => unseen(releaseScript.run(commands(), lockKey(key), token, channel, key)))),
    },
    { leaseMs, place, bell },
  );

  return plaintextRule(
    {
      scope: "network",
      place,
      async read(key) {
        const fields = await whenChecked(() => commands().hmGet(recordKey(key), ["revision", "header", "body"]));
        return storedRecord(fields);
      },
      async readHeader(key) {
        const fields = await whenChecked(() => commands().hmGet(recordKey(key), ["revision", "header"]));
        const [revision, header] = fields as readonly (Buffer | null)[];
        if (!revision && !header) return undefined;
        const found = readHeader(header);
        if (found === undefined) throw foreign();
        return found;
      },
      async swap(key, expected, { revision, header, body }) {
        requireSize(body, place);
        const writer = randomBytes(12).toString("base64url");
        // The caller's bytes may change before they are sent.
        const bytes = Buffer.from(body);
        const answer = await whenChecked(() =>
          swapScript.run(commands(), recordKey(key), `${expected}`, writer, `${revision}`, headerText(header), bytes),
        );
        if (answer === -1) throw foreign();
        return answer === 1;
      },
      lock: (key, wait) => leases.lock(key, wait),
      async *keys() {
        yield* await whenChecked(() => keysOf(client, prefix));
      },
      async purge(key) {
        await whenChecked(() => commands().del(recordKey(key)));
      },
      async close() {
        bell.stop();
      },
    },
    options,
  );
}

function storedRecord(fields: unknown): StoredRecord | undefined {
  const [revision, header, body] = fields as readonly (Buffer | null)[];
  if (!revision && !header && !body) return undefined;
  const stored = readStored(revision?.toString(), header?.toString(), body);
  if (stored === undefined) throw foreign();
  return stored;
}

async function keysOf(client: RedisClient, prefix: string): Promise<Set<RecordKey>> {
  const found = new Set<RecordKey>();
  for (const node of await nodesOf(client)) {
    let cursor = "0";
    do {
      const page = (await node.scan(cursor, { MATCH: `{${prefix}:*}`, COUNT: scanned })) as ScanPage;
      for (const key of page.keys) found.add(String(key).slice(prefix.length + 2, -1));
      cursor = String(page.cursor);
    } while (cursor !== "0");
  }
  return found;
}

interface ScanPage {
  readonly cursor: unknown;
  readonly keys: readonly unknown[];
}

// With any other policy a full server takes records away, refusals and locks included, as if they had never been.
async function requireKept(client: RedisClient): Promise<void> {
  for (const node of await nodesOf(client)) {
    const policy = await node.info("memory").then(
      (text) => /^maxmemory_policy:(\S+)/m.exec(String(text))?.[1],
      (error: unknown) => {
        if (isAnswer(error)) return undefined;
        throw error;
      },
    );
    if (policy === undefined) warnOfPolicy();
    else if (policy !== "noeviction")
      throw new BrokerAuthError(
        "configuration",
        `maxmemory-policy: the server may evict records (${/^[a-z-]{1,32}$/.test(policy) ? policy : "unknown"}), and with them what must not be sent again`,
        {
          field: "maxmemory-policy",
          action: "Set maxmemory-policy noeviction, or give the store a server of its own.",
        },
      );
  }
}

function warnOfPolicy(): void {
  process.emitWarning(
    "the server does not tell its maxmemory-policy: make sure that it is noeviction, or records and locks are lost when it is full",
    { type: "BrokerAuthWarning", code: "BROKER_AUTH_EVICTION" },
  );
}

function warnOfRights(): void {
  process.emitWarning(
    `the server does not let its user do all that the store does: allow ${redisRights.join(", ")}, or locks are lost or handed over late`,
    { type: "BrokerAuthWarning", code: "BROKER_AUTH_RIGHTS" },
  );
}

const troubles = new WeakMap<RedisClient, { last: unknown }>();

/** Why a client has no connection: it says so to its listeners only. */
function troubleOf(client: RedisClient): { last: unknown } {
  let trouble = troubles.get(client);
  if (trouble === undefined) {
    const noted = (trouble = { last: undefined as unknown });
    troubles.set(client, noted);
    client.on("error", (error) => (noted.last = error));
  }
  return trouble;
}

function requireClient(client: unknown): void {
  const given = client as Partial<RedisClient> | null | undefined;
  const names = ["on", "withCommandOptions", "duplicate"] as const;
  if (names.every((name) => typeof given?.[name] === "function") && typeof given?.isOpen === "boolean") return;
  throw wrong("client", "must be a client of the package redis: redisStore(await createClient({ url }).connect())");
}

function silent(timeoutMs: number): BrokerAuthError {
  return new BrokerAuthError("store_unavailable", `${place} did not answer within ${timeoutMs} ms`);
}

function closed(): BrokerAuthError {
  return new BrokerAuthError("store_unavailable", `the client of ${place} is not connected, or was closed for good`, {
    action: "Connect it before it is given to redisStore(); after it was closed, make a new client and a new store.",
  });
}

function foreign(): BrokerAuthError {
  return new BrokerAuthError(
    "store_corrupt",
    `${place} holds something under our keys that is damaged or of another program; it was left as it is`,
    { action: "Give the store a prefix or a database of its own, or remove that key." },
  );
}
