import assert from "node:assert/strict";
import { inspect } from "node:util";
import { BrokerAuthError, isBrokerAuthError, secret } from "@x/core";
import { totpCode } from "@x/core/adapter";

assert.ok(isBrokerAuthError(new BrokerAuthError("aborted", "Stopped")));
assert.ok(!inspect(secret("1234")).includes("1234"));
assert.equal(typeof totpCode, "function");
