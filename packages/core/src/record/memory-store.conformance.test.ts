import { describe, it } from "vitest";
import { memoryStore } from "./memory-store.ts";
import { storeConformance } from "../testing/store-conformance.ts";

storeConformance({ describe, it }, () => ({ open: () => memoryStore() }), { instancesAreSeparate: true });
