import { isAbsolute, parse } from "node:path";

/**
 * The user's home. `HOME` may be empty or relative, which would lead to the folder that the command is started in: then the system's list of users
 * counts, and the root for a user who is not in it, such as a container's.
 */
export function homeDirectory(): string {
  const { HOME } = process.env;
  // The system would say the same, by a module that takes longer to load.
  if (process.platform !== "win32" && HOME !== undefined && isAbsolute(HOME)) return HOME;
  const { homedir, userInfo } = process.getBuiltinModule("node:os");
  for (const find of [homedir, () => userInfo().homedir]) {
    try {
      const home = find();
      if (isAbsolute(home)) return home;
    } catch {
      // The next one may know.
    }
  }
  return parse(process.execPath).root;
}
