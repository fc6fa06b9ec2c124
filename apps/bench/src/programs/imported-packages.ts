// Imports the module that is named and prints the names by which packages were imported for it.
import { registerHooks } from "node:module";

const names: string[] = [];
registerHooks({
  resolve(name, context, next) {
    if (/^[@\w]/.test(name)) names.push(name);
    return next(name, context);
  },
});
await import(process.argv[2] ?? "");
console.log(JSON.stringify(names));
