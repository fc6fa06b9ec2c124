import type {
  KotakNeoAccountInput,
  KotakNeoSandboxAccount,
  NubraAccountInput,
  NubraSandboxAccount,
  Sandbox,
} from "@x/sandbox";

/** The accounts that an environment has unless it is told how many: one at Nubra, one at Kotak Neo. */
export type TestAccountName = "main" | "hedge";

/** An account of the environment as a user would configure it; without a TOTP secret a login asks a person. */
export type ConfiguredAccount =
  | (Omit<NubraAccountInput, "totpSecret"> & { readonly totpSecret?: string | undefined })
  | (Omit<KotakNeoAccountInput, "totpSecret"> & { readonly totpSecret?: string | undefined });

/** The same with its name; plain data. */
export type TestAccount<Name extends string = string> = ConfiguredAccount & { readonly name: Name };

/** Invented accounts, by turns at Nubra and at Kotak Neo. */
export function inventedAccounts(count: number): {
  readonly nubra: readonly NubraSandboxAccount[];
  readonly kotakNeo: readonly KotakNeoSandboxAccount[];
} {
  const nubra: NubraSandboxAccount[] = [];
  const kotakNeo: KotakNeoSandboxAccount[] = [];
  for (let index = 0; index < count; index++) {
    const name = `account-${index}`;
    const digits = String(index).padStart(4, "0");
    // Base32 has no 0, 1, 8 and 9.
    const letters = digits.replaceAll(/\d/g, (digit) => "ABCDEFGHIJ".charAt(Number(digit)));
    const totpSecret = `TESTENVIRONMENT${letters}SECRETKEY`.padEnd(32, "2");
    const account = { name, mpin: "135790", totpSecret };
    if (index % 2 === 0)
      nubra.push({ ...account, phone: `900000${digits}`, email: `${name}@example.com`, userId: 1_000 + index });
    else {
      const accessToken = `5a4db0c5-0000-4000-8000-00000000${digits}`;
      kotakNeo.push({ ...account, mobileNumber: `+91900000${digits}`, ucc: `F${digits}`, accessToken });
    }
  }
  return { nubra, kotakNeo };
}

/** Some accounts of a sandbox, in this order. */
export function configuredAccounts<Name extends string>(
  { nubra, kotakNeo }: Sandbox,
  names: readonly Name[],
): readonly TestAccount<Name>[] {
  const atNubra = new Set(nubra.accounts().map((account) => account["name"]));
  return names.map((name) => ({ name, ...(atNubra.has(name) ? nubra : kotakNeo).accountInput(name) }));
}
