// One of the credentials of @azure/identity.
import { ClientSecretCredential } from "@azure/identity";

export function session(secret: string): Promise<unknown> {
  return new ClientSecretCredential("tenant", "client", secret).getToken("https://example.com/.default");
}
