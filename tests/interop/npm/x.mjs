import fs from "node:fs";
import * as owf from "@owf/mdoc";
import { Verifier, DataItem } from "@auth0/mdl";
import { read, trusted, importable } from "./certificates.js";
import { Keys, hash, ALG } from "./keys.js";
import { randomBytes, verify as verifySignature } from "node:crypto";
const got = JSON.parse(fs.readFileSync("/tmp/got.json"));
const c = got.mdoc.credentials[0];
const keys = new Keys();
const anchor = got.iaca;
const context = (keys) => ({
  crypto: { random: randomBytes, digest: ({ digestAlgorithm, bytes }) => (console.log(digestAlgorithm), hash(bytes, digestAlgorithm)) },
  cose: { sign1: { sign: ({ key, toBeSigned }) => keys.sign(key.jwk, toBeSigned),
      verify: ({ key, sign1 }) => verifySignature("sha256", sign1.toBeSigned, importable(key.jwk), sign1.signature) } },
  x509: {
    verifyCertificateChain: ({ trustedCertificates: [anchor], x5chain, now }) => { trusted(x5chain, anchor, now); },
    getPublicKey: ({ certificate }) => owf.CoseKey.fromJwk(read(certificate).jwk),
    getCertificateData: ({ certificate }) => read(certificate),
    getIssuerNameField: ({ certificate, field }) => (console.log(field, read(certificate).field(field)), read(certificate).field(field)),
  },
});
await owf.Holder.verifyIssuerSigned({issuerSigned: c, trustedCertificates: [anchor], verificationCallback: r => console.log(r.status, r.check)}, context(keys));
// present with own key: swap? just sign w/ random key to see shape
const jwk = await keys.make();
const st = await owf.SessionTranscript.forOid4Vp({clientId: "x509_hash:abc", nonce: "n", responseUri: "https://shop.example/r"}, context(keys));
const isd = owf.IssuerSigned.fromEncodedForOid4Vci(c);
const resp = await owf.Holder.createDeviceResponseForDeviceRequest({
  deviceRequest: owf.DeviceRequest.create({docRequests:[owf.DocRequest.create({itemsRequest: owf.ItemsRequest.create({docType:"kr.mrrc.1", namespaces: {"org.iso.23220.1": {age_over_19: false}}})})]}),
  sessionTranscript: st, issuerSigned: [isd], signature: {signingKey: owf.CoseKey.fromJwk({...jwk, alg: ALG})}
}, context(keys)).catch(e=>console.log(e));
if (resp) {
const t = Buffer.from(st.encode({asDataItem:true}));
console.log(t.toString("hex"));
await new Verifier([anchor]).verify(Buffer.from(resp.encode()), {encodedSessionTranscript: t, onCheck: r=>console.log(r.status,r.check,r.reason)}).catch(e=>console.log(e));
}
