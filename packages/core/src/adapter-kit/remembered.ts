// Programs ask for a few addresses again and again. What is longer than this, or comes after so many, is made anew.
const longest = 512;
const most = 256;

/** The same function, which makes what it has made for a short text before no second time. For results that nobody changes. */
export function remembered<Result>(make: (text: string) => Result): (text: string) => Result {
  const made = new Map<string, Result>();
  return (text) => {
    const known = made.get(text);
    if (known !== undefined) return known;
    const result = make(text);
    if (text.length > longest) return result;
    if (made.size >= most) made.clear();
    made.set(text, result);
    return result;
  };
}
