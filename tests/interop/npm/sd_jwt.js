// The SD-JWT VC in the hands of @sd-jwt/sd-jwt-vc; its signatures are jose's matter.
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { compactVerify, decodeProtectedHeader, importJWK } from "jose";
import { trusted } from "./certificates.js";
import { ALG, hash } from "./keys.js";

const SHA_256 = { hasher: hash, hashAlg: "sha-256" };

export async function present(keys, jwk, { credential, claims, audience, nonce }) {
  const sign = async (data) => (await keys.sign(jwk, Buffer.from(data))).toString("base64url");
  const holder = new SDJwtVcInstance({ ...SHA_256, kbSigner: sign, kbSignAlg: ALG });
  const frame = Object.fromEntries(claims.map((name) => [name, true]));
  const payload = { iat: Math.floor(Date.now() / 1000), aud: audience, nonce };
  return holder.present(credential, frame, { kb: { payload } });
}

// Signature, chain to the anchor, times, status on its list and, with a nonce, the key binding.
export async function verify(presented, { anchor, audience, nonce }) {
  const byIssuer = (typ) => async (data, signature) => {
    const jwt = `${data}.${signature}`;
    const header = decodeProtectedHeader(jwt);
    if (header.typ !== typ) throw new Error(`typ is ${header.typ}`);
    const chain = header.x5c.map((each) => Buffer.from(each, "base64"));
    await compactVerify(jwt, trusted(chain, anchor).publicKey, { algorithms: [ALG] });
    return true;
  };
  const byHolder = async (data, signature, { cnf }) => {
    await compactVerify(`${data}.${signature}`, await importJWK(cnf.jwk, ALG));
    return true;
  };
  const verifier = new SDJwtVcInstance({
    ...SHA_256,
    verifier: byIssuer("dc+sd-jwt"),
    statusVerifier: byIssuer("statuslist+jwt"),
    kbVerifier: byHolder,
  });
  const { payload, kb } = await verifier.verify(presented, { keyBindingNonce: nonce });
  if (kb?.payload.aud !== audience) throw new Error("The key binding is for somebody else");
  return payload;
}
