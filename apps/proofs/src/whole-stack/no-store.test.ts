import { expect, it } from "vitest";
import { openTestEnvironment } from "@x/test-environment";

/** Keeps good answers by method, address, headers and body, as web frameworks do that wrap fetch, unless a call asks it not to. */
function cachingFetch() {
  const kept = new Map<
    string,
    { readonly status: number; readonly headers: [string, string][]; readonly body: string }
  >();
  const caching: typeof fetch = async (input, init = {}) => {
    if (init.cache === "no-store") return fetch(input, init);
    const key = JSON.stringify([init.method, input, init.headers, init.body]);
    const known = kept.get(key);
    if (known !== undefined) return new Response(known.body, known);
    const answer = await fetch(input, init);
    const whole = { status: answer.status, headers: [...answer.headers], body: await answer.text() };
    if (answer.ok) kept.set(key, whole);
    return new Response(whole.body, whole);
  };
  return { fetch: caching, kept };
}

it.each([
  ["main", "/portfolio/holdings"],
  ["hedge", "/quick/user/orders"],
] as const)("no answer to a call of an adapter is kept by a fetch that keeps answers: %s", async (account, path) => {
  await using test = await openTestEnvironment();
  const { fetch: caching, kept } = cachingFetch();
  await using auth = test.engine({ fetch: caching });
  const { generation } = await auth.session(account);
  await auth.network(account);
  await auth.refused(account, generation);
  expect(test.sandbox.journal.count()).toBeGreaterThan(3);
  expect([...kept.keys()]).toEqual([]);
  // What the program itself asks for is its own to keep.
  await (await auth.fetch(account, path)).text();
  expect(kept.size).toBe(1);
});
