// The issuer's certificates, read by Node itself.
import { X509Certificate } from "node:crypto";

// What issued a chain of one certificate, of the anchor and within its dates; else an error.
export function trusted([leaf, ...others], anchor, now = new Date()) {
  const [signer, root] = [leaf, anchor].map((each) => new X509Certificate(each));
  if (others.length > 0 || !signer.checkIssued(root) || !signer.verify(root.publicKey)) {
    throw new Error("The signer's certificate is not of the anchor");
  }
  for (const { validFrom, validTo } of [signer, root]) {
    if (now < new Date(validFrom) || now > new Date(validTo)) throw new Error("A certificate is out of its dates");
  }
  return signer;
}

export function importable(jwk) { return { key: jwk, format: "jwk", dsaEncoding: "ieee-p1363" }; }

export function read(certificate) {
  const x = new X509Certificate(certificate);
  const field = (dn, f) => dn.split("\n").filter(l=>l.startsWith(f+"=")).map(l=>l.slice(f.length+1));
  return { x, jwk: x.publicKey.export({format: "jwk"}), notBefore: new Date(x.validFrom), notAfter: new Date(x.validTo), field: f => field(x.issuer, f) };
}
