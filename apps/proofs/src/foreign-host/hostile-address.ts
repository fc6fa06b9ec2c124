import type { ProofContext } from "../harness/proof.ts";

/** Addresses that are not the brokers', and look as if they were: to people, to a comparison of texts, or to a careless parser. */
export function hostileAddresses({ scale, random }: ProofContext): readonly string[] {
  const fixed = ["e21.kotaksecurities.com", "api.nubra.io"].flatMap((host) => {
    const domain = host.split(".").slice(-2).join(".");
    const plain = `
      https://trading.example.net https://evil${domain} https://e21.evil${domain} https://${domain}.example.net
      https://${host}.example.net https://${host}@trading.example.net https://${host}:443@trading.example.net
      https://${host}%40trading.example.net https://trading.example.net/${host}
      https://trading.example.net?${host} https://trading.example.net#.${host}
      https://trading.example.net\\.${host} https://trading.example.net\\@${host} https:trading.example.net
      //trading.example.net http://${host} ftp://${host} file://${host}/etc/hosts data:text/plain,${host}
      javascript:void("${host}") https://${host}:8443 https://${host}:444 https://user:password@${host}
      https://${host}./ https://xn--${host} https://127.0.0.1 https://localhost https://[::1] https://203.0.113.99
      https://3405803875 https://0xcb007163 https://0313.0.0161.0143 https://169.254.169.254
      https://.${domain}.example.net https://com https://`;
    return [
      ...plain.trim().split(/\s+/),
      `https:\\\\trading.example.net`,
      `https://${host.replaceAll("a", "\u0430")}`,
      `https://${host.replaceAll("o", "\u03BF")}`,
      `https://${host.replace(".", "\u2024")}`,
      `https://${host.replace(".", "\u200B.")}`,
      `https://${host.replace(".", "-")}`,
      `https://${domain.replace(".", "")}.com.example.net`,
      `https://trading.ex\tample.net`,
      ` https://trading.example.net `,
      ``,
    ];
  });
  const alphabet = [..."@:/\\#?.%-_0a\t\n\r \u3002\uFF0E\u2044\u202E[]".split(""), "example.net", "%00", "//", ".."];
  const generated = Array.from({ length: scale === "full" ? 600 : 20 }, () => {
    const base = "https://e21.kotaksecurities.com".split("");
    for (let edits = 1 + Math.floor(random() * 3); edits > 0; edits--) {
      const place = Math.floor(random() * base.length);
      const inserted = alphabet[Math.floor(random() * alphabet.length)] ?? "";
      base.splice(place, random() < 0.3 ? 1 : 0, inserted);
    }
    return base.join("");
  });
  return scale === "full" ? [...fixed, ...generated] : [...fixed.filter(() => random() < 0.3), ...generated];
}
