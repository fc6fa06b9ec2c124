import { execFileSync } from "node:child_process";
import { chownSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nobody, privateFolder } from "./server-program.ts";

/** An authority of one test's own, and what a server on 127.0.0.1 shows that was signed by it. */
export interface TestCertificates {
  /** In PEM, for the client. */
  readonly authority: string;
  readonly authorityFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  remove(): void;
}

/** @param name what the certificate is made out to, such as `IP:127.0.0.1` or `DNS:elsewhere.example` */
export function makeCertificates(name = "IP:127.0.0.1"): TestCertificates {
  const folder = privateFolder("broker-auth-tls-");
  const at = (file: string): string => join(folder, file);
  const openssl = (...given: string[]): void => void execFileSync("openssl", given, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority", "-days", "2");
  openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=test server");
  writeFileSync(at("names"), `subjectAltName=${name}\n`);
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2"];
  openssl("x509", "-req", "-in", "server.csr", ...signing, "-out", "server.pem");
  // A PostgreSQL takes a key only from its own user.
  if (process.geteuid?.() === 0)
    for (const file of ["server.key", "server.pem", "ca.pem"]) chownSync(at(file), nobody, nobody);
  return {
    authority: readFileSync(at("ca.pem"), "utf8"),
    authorityFile: at("ca.pem"),
    certificateFile: at("server.pem"),
    keyFile: at("server.key"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
