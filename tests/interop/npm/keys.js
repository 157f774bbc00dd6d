// A phone's keys, made by jose, and what the OpenID packages ask of a wallet's cryptography.
import { createHash, randomBytes, subtle } from "node:crypto";
import { clientAuthenticationAnonymous } from "@openid4vc/oauth2";
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair, importPKCS8 } from "jose";

export const ALG = "ES256";
const ECDSA = { name: "ECDSA", hash: "SHA-256" };
const LEVEL = ["iso_18045_high"];

// Hands out public keys and signs for them; a private key never leaves.
export class Keys {
  #private = new Map();

  async make() {
    const { privateKey, publicKey } = await generateKeyPair(ALG);
    const jwk = await exportJWK(publicKey);
    this.#private.set(await calculateJwkThumbprint(jwk), privateKey);
    return jwk;
  }

  async sign(jwk, octets) {
    return Buffer.from(await subtle.sign(ECDSA, await this.#of(jwk), octets));
  }

  async signJwt(jwk, header, payload) {
    return new SignJWT(payload).setProtectedHeader(header).sign(await this.#of(jwk));
  }

  async #of(jwk) {
    return this.#private.get(await calculateJwkThumbprint(jwk));
  }
}

export const signer = (jwk) => ({ method: "jwk", alg: ALG, publicJwk: jwk });

export const hash = (octets, name) => createHash(name.replace("-", "")).update(octets).digest();

export function callbacks(keys, fetch) {
  return {
    fetch,
    hash,
    generateRandom: randomBytes,
    clientAuthentication: clientAuthenticationAnonymous(),
    signJwt: async ({ publicJwk }, { header, payload }) => ({
      jwt: await keys.signJwt(publicJwk, header, payload),
      signerJwk: publicJwk,
    }),
  };
}

// @openid4vc writes the typ of a draft, which OpenID4VCI 1.0, Appendix D.1, does not know.
export async function attest({ key, x5c }, attested, nonce) {
  const levels = { key_storage: LEVEL, user_authentication: LEVEL };
  return new SignJWT({ attested_keys: attested, nonce, ...levels })
    .setProtectedHeader({ alg: ALG, typ: "key-attestation+jwt", x5c })
    .setIssuedAt()
    .setExpirationTime("5m")
    .sign(await importPKCS8(key, ALG));
}
