import { describe, expect, it } from "vitest";
import { answerAge, httpDate } from "./answer-date.ts";

const date = "Mon, 03 Mar 2031 03:30:10 GMT";
const datedAt = Date.UTC(2031, 2, 3, 3, 30, 10);

function age(headers: Readonly<Record<string, string>>): ReturnType<typeof answerAge> {
  return answerAge((name) => headers[name]);
}

describe("the age of an answer", () => {
  it.each([
    [{ date }, 0],
    [{ date, age: "0" }, 0],
    [{ date, age: " 120 " }, 120_000],
    [{ date, via: "1.1 varnish" }, 0],
    [{ date, "cache-control": "max-age=600" }, 0],
    [{ date, via: "1.1 proxy", "cache-control": "no-store" }, 0],
    [{ date, via: "1.1 proxy", "cache-control": "private, max-age=600" }, 0],
    [{ date, via: "1.1 proxy", "cache-control": "public, max-age=0" }, undefined],
    [{ date, via: "1.1 proxy", "cache-control": "max-age=0" }, 0],
    [{ date, "x-cache": "Miss from cloudfront" }, 0],
    [{ date, "cf-cache-status": "DYNAMIC" }, 0],
    [{ date, "cache-status": 'edge; fwd="uri-miss"' }, 0],
  ])("is known where no cache hides it: %o is %s ms", (headers, ageMs) => {
    expect(age(headers)).toEqual(ageMs === undefined ? undefined : { datedAt, ageMs });
  });

  it.each([
    [{ date, "x-cache": "HIT" }],
    [{ date, "x-cache": "Hit from cloudfront", age: "30" }],
    [{ date, "cf-cache-status": "HIT", age: "120" }],
    [{ date, "cache-status": "edge; hit" }],
    [{ date, "x-cache-status": "STALE" }],
    [{ date, via: "1.1 proxy.example.com", "cache-control": "public, max-age=600" }],
    [{ date, via: "1.1 proxy.example.com", "cache-control": "s-maxage=60" }],
    [{ date, via: "1.1 proxy.example.com", expires: "Mon, 03 Mar 2031 04:30:10 GMT" }],
    [{ date, age: "-5" }],
    [{ date, age: "two minutes" }],
    [{ date, age: "" }],
    [{ date, age: "9999999999" }],
    [{}],
    [{ date: "yesterday" }],
  ])("is not known where a cache may have kept it for nobody knows how long: %o", (headers) => {
    expect(age(headers)).toBeUndefined();
  });
});

describe("a date of HTTP", () => {
  it.each([
    [date, datedAt],
    [` ${date} `, datedAt],
    ["2031-03-03T03:30:10Z", undefined],
    ["Mon, 3 Mar 2031 03:30:10 GMT", undefined],
    ["Mon, 03 Mar 2031 03:30:10 IST", undefined],
    ["Xyz, 99 Abc 2031 03:30:10 GMT", undefined],
    ["1930275010", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("is read in the one form that servers send: %s", (text, at) => {
    expect(httpDate(text)).toBe(at);
  });
});
