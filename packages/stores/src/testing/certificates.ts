import { execFileSync } from "node:child_process";
import { chownSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { nobody, privateFolder } from "./server-program.ts";

/** In PEM, in files of its authority's folder. */
export interface TestCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** An authority of one test's own, and what a server on 127.0.0.1 shows that was signed by it. */
export interface TestCertificates extends TestCertificate {
  /** In PEM, for the client. */
  readonly authority: string;
  readonly authorityFile: string;
  /** A further one of this authority. @param days until it is over; negative: it is over already. Default 2 */
  issue(name: string, days?: number): TestCertificate;
  remove(): void;
}

/** @param name what the certificate is made out to, such as `IP:127.0.0.1` or `DNS:elsewhere.example` */
export function makeCertificates(name = "IP:127.0.0.1"): TestCertificates {
  const folder = privateFolder("broker-auth-tls-");
  const at = (file: string): string => join(folder, file);
  const openssl = (...given: string[]): void => void execFileSync("openssl", given, { cwd: folder, stdio: "pipe" });
  // A PostgreSQL takes a key only from its own user.
  const give = (...files: string[]): void => {
    if (process.geteuid?.() === 0) for (const file of files) chownSync(at(file), nobody, nobody);
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  // With a name of its own: an unknown authority of a known one's name is another mistake.
  const authority = ["-subj", `/CN=test authority ${basename(folder)}`, "-days", "2"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", ...authority);
  give("ca.pem");
  let issued = 0;
  const issue = (to: string, days = 2): TestCertificate => {
    const [file, own] = [`${++issued}.pem`, `${issued}.key`];
    openssl("req", ...key, "-keyout", own, "-out", "csr", "-subj", "/CN=test server");
    writeFileSync(at("names"), `subjectAltName=${to}\n`);
    const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", `${days}`];
    openssl("x509", "-req", "-in", "csr", ...signing, "-out", file);
    give(file, own);
    return { certificateFile: at(file), keyFile: at(own) };
  };
  return {
    authority: readFileSync(at("ca.pem"), "utf8"),
    authorityFile: at("ca.pem"),
    ...issue(name),
    issue,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
