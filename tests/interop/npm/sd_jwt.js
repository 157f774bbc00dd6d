// The SD-JWT VC in the hands of @sd-jwt/sd-jwt-vc; jose makes and verifies the signatures.
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { compactVerify, decodeProtectedHeader, importJWK } from "jose";
import { trusted } from "./certificates.js";
import { ALG, hash } from "./keys.js";

const ALGORITHMS = { algorithms: [ALG] };
const SHA_256 = { hasher: hash, hashAlg: "sha-256" };

export async function present(keys, jwk, { credential, claims, audience, nonce }) {
  const sign = async (data) => (await keys.sign(jwk, Buffer.from(data))).toString("base64url");
  const holder = new SDJwtVcInstance({ ...SHA_256, kbSigner: sign, kbSignAlg: ALG });
  const payload = { iat: Math.floor(Date.now() / 1000), aud: audience, nonce };
  return holder.present(credential, claims, { kb: { payload } });
}

// The claims, if signature, chain, times, status on its list and key binding hold; else an error.
export async function verify(presented, { anchor, audience, nonce }) {
  const byIssuer = (typ) => async (data, signature) => {
    const jwt = `${data}.${signature}`;
    const header = decodeProtectedHeader(jwt);
    if (header.typ !== typ) throw new Error(`The typ is ${header.typ}`);
    const chain = header.x5c.map((each) => Buffer.from(each, "base64"));
    await compactVerify(jwt, trusted(chain, anchor).publicKey, ALGORITHMS);
    return true;
  };
  const byHolder = async (data, signature, { cnf }) => {
    await compactVerify(`${data}.${signature}`, await importJWK(cnf.jwk, ALG), ALGORITHMS);
    return true;
  };
  const verifier = new SDJwtVcInstance({
    ...SHA_256,
    verifier: byIssuer("dc+sd-jwt"),
    statusVerifier: byIssuer("statuslist+jwt"),
    kbVerifier: byHolder,
  });
  const { payload, kb } = await verifier.verify(presented, { keyBindingNonce: nonce });
  if (kb.payload.aud !== audience) throw new Error("The key binding is meant for another");
  return payload;
}
