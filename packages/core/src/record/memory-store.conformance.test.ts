import { describe, it, vi } from "vitest";
import { memoryStore } from "./memory-store.ts";
import { storeConformance } from "../testing/store-conformance.ts";

const wait = async (ms: number): Promise<void> => {
  vi.useFakeTimers();
  await vi.advanceTimersByTimeAsync(ms);
  vi.useRealTimers();
};

storeConformance({ describe, it }, () => ({ open: () => memoryStore(), wait }), { instancesAreSeparate: true });
