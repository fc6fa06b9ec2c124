/** An answer as it goes over the wire: bytes in pieces, which are only made when they are read. */
export interface HostileAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Of one piece. */
  readonly pieceBytes: number;
  /** The body comes over and over again. */
  readonly endless: boolean;
  /** The connection breaks after so many bytes. */
  readonly cutAfter: number | undefined;
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Makes an answer out of what the broker answers when all is well. */
export type HostileAnswers = (good: Json) => HostileAnswer;

/** Hardly changed, bent, broken, and of another world. */
export function hostileAnswers(random: () => number): HostileAnswers {
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const chance = (share: number): boolean => random() < share;
  const oneOf = <Item>(items: readonly Item[]): Item => items[upTo(items.length)] as Item;

  return (good) => {
    // The dangerous ones are those that are nearly right.
    const nearlyRight = chance(0.5);
    const json = structuredClone(good);
    const bytes = nearlyRight ? encode(JSON.stringify(spoil(json))) : body(json);
    return asDeclared({
      status: oneOf(chance(nearlyRight ? 0.9 : 0.4) ? successes : statuses),
      headers: anyHeaders(),
      body: bytes,
      pieceBytes: chance(0.9) ? 16_384 : 1 + Math.floor(random() * 300),
      endless: chance(0.005),
      cutAfter: chance(0.02) ? Math.floor(random() * bytes.length) : undefined,
    });
  };

  /** A success with one thing in it that is none, or with one change. */
  function spoil(json: Json): Json {
    if (!isObject(json) || chance(0.4)) return bend(json);
    const { data } = json;
    const spoiler = oneOf(spoilers);
    return isObject(data) && chance(0.5) ? { ...json, data: { ...data, ...spoiler } } : { ...json, ...spoiler };
  }

  function body(good: Json): Uint8Array<ArrayBuffer> {
    const kind = random();
    if (kind < 0.12) return encode(oneOf(pages));
    if (kind < 0.17) return Uint8Array.from({ length: upTo(400) }, () => upTo(256));
    if (kind < 0.171) return encode(oneOf(['[{"a":', "["]).repeat(120_000));
    let json = good;
    for (let changes = upTo(4); changes > 0; changes--) json = bend(json);
    let text = JSON.stringify(json);
    if (chance(0.02)) text = text.replace(/"[^"]{8,}"/, `"${"x".repeat(oneOf([9_000, 300_000, 700_000]))}"`);
    if (chance(0.01)) text = `${" ".repeat(oneOf([100, 300_000]))}${text}`;
    if (chance(0.25)) text = breakText(text);
    const bytes = encode(text);
    if (chance(0.03)) for (let flips = 1 + upTo(5); flips > 0; flips--) bytes[upTo(bytes.length)] = upTo(256);
    return bytes;
  }

  /** One change at a random place. */
  function bend(json: Json): Json {
    if (typeof json !== "object" || json === null || chance(0.1)) return wrap(json);
    if (Array.isArray(json)) {
      const place = upTo(json.length);
      if (json.length === 0) return [odd()];
      return json.map((item, index) => (index === place ? bend(item) : item));
    }
    const names = Object.keys(json);
    const name = names[upTo(names.length)];
    const inner = name === undefined ? undefined : json[name];
    if (name === undefined || inner === undefined) return { [oneOf(surplusNames)]: odd() };
    if (typeof inner === "object" && inner !== null && chance(0.7)) return { ...json, [name]: bend(inner) };
    const change = random();
    if (change < 0.3) return without(json, name);
    if (change < 0.65) return { ...json, [name]: odd(inner) };
    if (change < 0.75) return { ...without(json, name), [oneOf([name.toUpperCase(), ` ${name}`, `${name}s`])]: inner };
    return withOwn(json, oneOf(surplusNames), chance(0.5) ? odd(inner) : { ...json, polluted: true });
  }

  function wrap(json: Json): Json {
    return oneOf<() => Json>([
      () => ({ data: json }),
      () => ({ data: { data: json } }),
      () => ({ fault: json }),
      () => [json],
      () => JSON.stringify(json),
      () => withOwn({}, "__proto__", json),
      () => ({ constructor: { prototype: json } }),
      () => odd(json),
    ])();
  }

  /** In the place of a value. */
  function odd(was: Json = ""): Json {
    return oneOf<() => Json>([
      () => null,
      () => oneOf([0, -1, 1.5, 1e308, 1_234_567_890, 429, 401, 100_008]),
      () => chance(0.5),
      () => "",
      () => "   ",
      () => [],
      () => ({}),
      () => [was],
      () => ({ value: was }),
      () => oneOf(texts),
      () => `${JSON.stringify(was)}\u0000`,
      () => (typeof was === "string" ? `${was}\r\nx-injected: 1` : JSON.stringify(was)),
      () => (typeof was === "string" ? `${was}\u00e9\u{1F511}` : [was, was]),
      () => (typeof was === "string" ? was.slice(0, upTo(was.length)) : 0),
      () => "a.b.c",
      () => "x".repeat(oneOf([8_192, 8_193, 20_000])),
      () => oneOf(addresses),
    ])();
  }

  function breakText(text: string): string {
    return oneOf<() => string>([
      () => text.slice(0, upTo(text.length)),
      () => text.slice(upTo(text.length)),
      () => `${text}${text}`,
      () => `\uFEFF${text}`,
      () => `${text}\n<!-- cached -->`,
      () => text.replaceAll('"', "'"),
      () => `while(1);${text}`,
      () => `callback(${text})`,
      () => text.replace(/:"/, ':NaN,"'),
      () => text.replace("{", `{${text.slice(1, -1)},`),
      () => text.replace(/^\{/, '{"__proto__":{"polluted":true},'),
      () => text.replaceAll(/"(\w+)"/g, String.raw`"\u005f\u005fproto__"`),
    ])();
  }

  function anyHeaders(): Record<string, string> {
    const headers: Record<string, string> = { "content-type": chance(0.8) ? "application/json" : oneOf(types) };
    if (chance(0.1)) headers["retry-after"] = oneOf(spans);
    if (chance(0.5)) headers["date"] = chance(0.7) ? new Date(Date.UTC(2031, 2, 3, 3, 30)).toUTCString() : oneOf(spans);
    if (chance(0.05)) headers["content-length"] = oneOf(["0", "5", "-1", "99999999999", "1e3"]);
    if (chance(0.05)) headers["location"] = "https://trading.example.net/";
    return headers;
  }
}

/** A response whose body is made piece by piece as it is read, and how many bytes had been read when the last piece was asked for. */
export function playAnswer(answer: HostileAnswer): MeteredResponse {
  const { body, pieceBytes, endless, cutAfter } = answer;
  return metered(answer, (read) => {
    if (cutAfter !== undefined && read >= cutAfter) throw new TypeError("terminated");
    const from = endless ? read % Math.max(body.length, 1) : read;
    const piece = body.slice(from, from + pieceBytes);
    return piece.length === 0 ? undefined : piece;
  });
}

type Piece = Uint8Array<ArrayBuffer> | undefined;

export interface MeteredResponse {
  readonly response: Response;
  askedAfter(): number;
}

/** @param next the piece after so many bytes; undefined at the end */
export function metered(
  init: ResponseInit & { readonly status: number },
  next: (read: number) => Piece | Promise<Piece>,
  cancel: (reason: unknown) => void = () => undefined,
): MeteredResponse {
  let read = 0;
  let askedAfter = 0;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        askedAfter = read;
        const piece = await next(read);
        if (piece === undefined) return controller.close();
        read += piece.length;
        controller.enqueue(piece);
      },
      cancel,
    },
    // Nothing is made before it is asked for.
    { highWaterMark: 0 },
  );
  const response = new Response(bodiless.includes(init.status) ? null : stream, init);
  return { response, askedAfter: () => askedAfter };
}

export const bodiless: readonly number[] = [101, 204, 205, 304];

/** HTTP itself keeps a body to its declared length: what is longer is never seen, what is shorter breaks off. */
function asDeclared(answer: HostileAnswer): HostileAnswer {
  const declared = answer.headers["content-length"];
  if (declared === undefined || !/^\d+$/.test(declared)) return answer;
  const { body, cutAfter } = answer;
  const whole = body.length >= Number(declared);
  return { ...answer, body: body.slice(0, Number(declared)), endless: false, cutAfter: whole ? cutAfter : body.length };
}

type Fields = { [key: string]: Json };

function isObject(json: Json | undefined): json is Fields {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function without(json: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(json).filter(([key]) => key !== name));
}

// A plain assignment of __proto__ would set the prototype.
function withOwn(json: Fields, name: string, value: Json): Fields {
  return Object.fromEntries([...Object.entries(json), [name, value]]);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

// What says no beside a token, and what names another step or kind than the expected one.
const spoilers: readonly Fields[] = [
  { errMsg: "Invalid MPIN" },
  { emsg: "invalid session token" },
  { stat: "Not_Ok" },
  { status: "error" },
  { status: "failure", stCode: 401 },
  { stCode: 429 },
  { stCode: "100022" },
  { errorCode: "401" },
  { error: "unauthorized" },
  { error: [{ code: "401", message: "Invalid TOTP" }] },
  ...["View", "Trade", "Other"].map((kType) => ({ kType })),
  ...["SET_MPIN", "VERIFY_EMAIL", "VERIFY_TOTP"].map((next) => ({ next })),
  { baseUrl: "https://e21.evilkotaksecurities.com" },
  { rtUrl: "http://e21.kotaksecurities.com/realtime" },
  { data: null },
  { data: {} },
];

const successes = [200, 200, 200, 201, 202, 206, 299] as const;
const statuses = [
  203, 204, 205, 300, 301, 302, 303, 304, 307, 308, 400, 400, 401, 401, 402, 403, 404, 405, 408, 409, 410, 418, 422,
  424, 425, 429, 431, 440, 440, 451, 499, 500, 500, 501, 502, 503, 504, 511, 520, 599,
] as const;

const types = `text/html|text/html; charset=utf-8|text/plain|application/json; charset=utf-16|application/problem+json
application/octet-stream|multipart/form-data||json`.split(/[|\n]/);
const spans = "0|3|-5|1e9|99999999999999|NaN|tomorrow||Thu, 99 Foo 2031 25:61:61 GMT|Infinity".split("|");

const pages = [
  ...' \r\n\t|null|true|0|""|[]|{}|OK|undefined||\u0000\u0000\u0000\u0000'.split("|"),
  "<!DOCTYPE html><html><head><title>502</title></head><body>Bad gateway</body></html>",
  "<html><script>var session_token='x.y.z'</script></html>",
  '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
  '{"session_token":',
  '{"data":{"token":"x","sid":"y"',
  "0".repeat(1_000),
  "9".repeat(400_000),
];

// What failures say, for the classifiers, and what they might.
const texts = [
  ...`Invalid OTP|OTP expired|Invalid TOTP|Invalid MPIN|unauthorized|Account locked: too many attempts
Maximum attempts reached|Invalid UCC|invalid session token|Consumer key x does not exist
Missing required field 'Totp'|No Data|success|Not_Ok|error|VERIFY_MOBILE|VERIFY_TOTP|ENTER_MPIN|SET_MPIN
DASHBOARD|View|Trade|401|100022|__proto__|constructor|toString`.split(/[|\n]/),
  "a".repeat(3_000),
];

const addresses = words(`
  https://trading.example.net https://e21.evilkotaksecurities.com http://e21.kotaksecurities.com
  https://e21.kotaksecurities.com@trading.example.net https://e43.kotaksecurities.com/
  https://e22.kotaksecurities.com/path wss://api.nubra.io/ws wss://api.nubra.io.example.net/ws javascript:void(0)`);

const surplusNames = words(`
  __proto__ constructor prototype toString hasOwnProperty then error errors message detail errMsg emsg stCode
  stat status errorCode code fault data token sid session_token auth_token temp_token next kType baseUrl
  attempts_left`);

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
