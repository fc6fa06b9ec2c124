import { userInfo } from "node:os";
import { expect, it, onTestFinished, vi } from "vitest";
import { agentPlaces } from "./agent/agent-places.ts";
import { configurationPath } from "./configuration-path.ts";
import { homeDirectory } from "./home-directory.ts";

it.each(["", "rel", "./rel", "../rel"])(
  "with HOME=%j nothing is looked for in the folder that the command is started in",
  (home) => {
    vi.stubEnv("HOME", home);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(homeDirectory()).toBe(userInfo().homedir);
    expect(configurationPath(undefined, {})).toMatch(/^\/.*\/\.config\/broker-auth\//);
    expect(agentPlaces({}).socket.startsWith(`${userInfo().homedir}/`)).toBe(true);
  },
);
