// What engines say of a program that is wrong. A fetch that fails at its work says something else, or gives a cause.
const texts =
  /^(Cannot (read|set|destructure)|undefined is not|null is not|Can only call )|is not (a function|defined|an object|iterable)|is (undefined|null)$|Illegal invocation|does not implement interface/;

/** Whether what a given fetch failed with is a mistake in that fetch itself, such as a method that was given without its object. */
export function isProgramError(error: unknown): boolean {
  try {
    const { name, message, cause } = error as Error;
    return /^(TypeError|ReferenceError)$/.test(name) && cause === undefined && texts.test(message);
  } catch {
    return false;
  }
}

export const programErrorMessage = "the given fetch failed by a mistake of its own, before or after it sent";

/** What a person has to do about it. */
export const programErrorAction =
  "Correct the fetch that createBrokerAuth is given. A method needs its object: fetch: (input, init) => client.fetch(input, init).";
