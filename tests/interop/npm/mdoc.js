// The mdoc: the wallet checks and presents it with @owf/mdoc, the shop verifies it with @auth0/mdl.
import { verify as verifySignature, randomBytes } from "node:crypto";
import { DataItem, Verifier } from "@auth0/mdl";
import * as owf from "@owf/mdoc";
import { importable, trusted } from "./certificates.js";
import { ALG, hash } from "./keys.js";

// What @owf/mdoc leaves to its user: digests, signatures, certificates.
const context = (keys) => ({
  crypto: {
    random: randomBytes,
    digest: ({ digestAlgorithm, bytes }) => hash(bytes, digestAlgorithm),
  },
  cose: {
    sign1: {
      sign: ({ key, toBeSigned }) => keys.sign(key.jwk, toBeSigned),
      verify: ({ key, sign1 }) =>
        verifySignature("sha256", sign1.toBeSigned, importable(key.jwk), sign1.signature),
    },
  },
  x509: {
    verifyCertificateChain: ({ trustedCertificates: [anchor], x5chain, now }) => {
      trusted(x5chain, anchor, now);
    },
    getPublicKey: ({ certificate }) => owf.CoseKey.fromJwk(read(certificate).jwk),
    getCertificateData: ({ certificate }) => read(certificate),
    getIssuerNameField: ({ certificate, field }) => read(certificate).issuer[field],
  },
});

// Issuer's signature, chain, dates and every digest. Errors where one does not hold.
export async function check(keys, { credential, anchor }) {
  const issuerSigned = owf.IssuerSigned.fromEncodedForOid4Vci(credential);
  const options = { issuerSigned, trustedCertificates: [anchor] };
  await owf.Holder.verifyIssuerSigned(options, context(keys));
}

// A DeviceResponse with these elements, as OpenID4VP 1.0, B.2.6.1, has it signed.
export async function present(keys, jwk, { credential, elements, audience, nonce, response_uri: responseUri }) {
  const issuerSigned = owf.IssuerSigned.fromEncodedForOid4Vci(credential);
  const { docType } = issuerSigned.issuerAuth.mobileSecurityObject;
  const request = { clientId: audience, nonce, responseUri };
  const namespaces = new Map(Object.entries(elements).map(([space, names]) => [space, new Map(names.map((name) => [name, false]))]));
  const sessionTranscript = await owf.SessionTranscript.forOid4Vp(request, context(keys));
  const response = await owf.Holder.createDeviceResponseForDeviceRequest(
    {
      deviceRequest: owf.DeviceRequest.create({
        docRequests: [owf.DocRequest.create({ itemsRequest: owf.ItemsRequest.create({ docType, namespaces }) })],
      }),
      sessionTranscript,
      issuerSigned: [issuerSigned],
      signature: { signingKey: owf.CoseKey.fromJwk({ ...jwk, alg: ALG }) },
    },
    context(keys),
  );
  return {presented: response.encodedForOid4Vp, transcript: Buffer.from(sessionTranscript.encode({ asDataItem: true })).toString("base64url")};
}
