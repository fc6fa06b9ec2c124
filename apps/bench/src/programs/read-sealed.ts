// Reads and opens a sealed session without the library, and prints a header.
import { createDecipheriv, createSecretKey } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { coldOrder } from "../cold-order.ts";

const { bare } = coldOrder();
const database = new DatabaseSync(bare.database);
const row = database.prepare("SELECT body FROM records WHERE key = ?").get("main");
const sealed = row?.["body"] as Uint8Array;
const key = createSecretKey(Buffer.from(bare.key, "base64"));
const opening = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12)).setAuthTag(sealed.subarray(12, 28));
const text = Buffer.concat([opening.update(sealed.subarray(28)), opening.final()]).toString();
const { token } = JSON.parse(text) as { token: string };
console.log(JSON.stringify({ authorization: `Bearer ${token}` }));
database.close();
