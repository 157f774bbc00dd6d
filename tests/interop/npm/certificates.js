// The issuer's certificates and their keys, read by Node's own OpenSSL.
import { X509Certificate } from "node:crypto";

// The signer at the end of a chain of one, issued by `anchor` and within its dates; else an error.
export function trusted([leaf, ...others], anchor, now = new Date()) {
  const [signer, root] = [leaf, anchor].map((each) => new X509Certificate(each));
  if (others.length > 0 || !signer.checkIssued(root) || !signer.verify(root.publicKey)) {
    throw new Error("The signer's certificate is not one of the anchor's");
  }
  for (const { validFrom, validTo } of [signer, root]) {
    if (now < new Date(validFrom) || now > new Date(validTo)) {
      throw new Error("A certificate is out of its dates");
    }
  }
  return signer;
}

// As @owf/mdoc asks for them.

export const keyOf = (der) => new X509Certificate(der).publicKey.export({ format: "jwk" });

export function datesOf(der) {
  const { validFrom, validTo } = new X509Certificate(der);
  return { notBefore: new Date(validFrom), notAfter: new Date(validTo) };
}

export function issuerField(der, field) {
  const lines = new X509Certificate(der).issuer.split("\n").map((each) => each.split("="));
  return lines.filter(([name]) => name === field).map(([, value]) => value);
}
