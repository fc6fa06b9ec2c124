const names: Readonly<Record<string, string>> = { nubra: "Nubra", "kotak-neo": "Kotak Neo" };

/** The broker's name for people. */
export function brokerName(broker: string): string {
  return names[broker] ?? broker;
}
