// The mdoc: the wallet checks and presents it with @owf/mdoc, the shop verifies with @auth0/mdl.
import { verify as verifySignature, randomBytes } from "node:crypto";
import { Verifier } from "@auth0/mdl";
import * as owf from "@owf/mdoc";
import { datesOf, issuerField, keyOf, trusted } from "./certificates.js";
import { ALG, hash } from "./keys.js";

const RAW = { format: "jwk", dsaEncoding: "ieee-p1363" };

// The issuer's signature, chain, dates and every digest; an error where one does not hold.
export async function check({ credential, anchor }) {
  const options = { issuerSigned: credential, trustedCertificates: [anchor] };
  await owf.Holder.verifyIssuerSigned(options, context());
}

// A DeviceResponse with some elements, and the octets of the transcript it is signed for.
export async function present(keys, jwk, { credential, elements, audience, nonce, response_uri }) {
  const issuerSigned = owf.IssuerSigned.fromEncodedForOid4Vci(credential);
  const { docType } = issuerSigned.issuerAuth.mobileSecurityObject;
  const itemsRequest = owf.ItemsRequest.create({ docType, namespaces: elements });
  const sessionTranscript = await owf.SessionTranscript.forOid4Vp(
    { clientId: audience, nonce, responseUri: response_uri },
    context(),
  );
  const response = await owf.Holder.createDeviceResponseForDeviceRequest(
    {
      deviceRequest: owf.DeviceRequest.create({
        docRequests: [owf.DocRequest.create({ itemsRequest })],
      }),
      sessionTranscript,
      issuerSigned: [issuerSigned],
      signature: { signingKey: owf.CoseKey.fromJwk({ ...jwk, alg: ALG }) },
    },
    context(keys),
  );
  const transcript = Buffer.from(sessionTranscript.encode({ asDataItem: true }));
  return { presented: response.encodedForOid4Vp, transcript: transcript.toString("base64url") };
}

// The elements, if everything `check` looks at and the device's signature hold; else an error.
export async function verify(presented, { anchor, transcript }) {
  const { documents } = await new Verifier([anchor]).verify(Buffer.from(presented, "base64url"), {
    encodedSessionTranscript: Buffer.from(transcript, "base64url"),
  });
  const [document] = documents;
  const spaces = document.issuerSignedNameSpaces;
  return Object.fromEntries(spaces.map((each) => [each, document.getIssuerNameSpace(each)]));
}

// What @owf/mdoc leaves to its user.
const context = (keys) => ({
  crypto: {
    random: randomBytes,
    digest: ({ digestAlgorithm, bytes }) => hash(bytes, digestAlgorithm),
  },
  cose: {
    sign1: {
      sign: ({ key, toBeSigned }) => keys.sign(key.jwk, toBeSigned),
      verify: ({ key, sign1 }) =>
        verifySignature("sha256", sign1.toBeSigned, { key: key.jwk, ...RAW }, sign1.signature),
    },
  },
  x509: {
    verifyCertificateChain: ({ trustedCertificates: [anchor], x5chain, now }) => {
      trusted(x5chain, anchor, now);
    },
    getPublicKey: ({ certificate }) => owf.CoseKey.fromJwk(keyOf(certificate)),
    getCertificateData: ({ certificate }) => datesOf(certificate),
    getIssuerNameField: ({ certificate, field }) => issuerField(certificate, field),
  },
});
