// The wallet: @openid4vc speaks OpenID4VCI, jose signs; it keeps what it learns between two steps.
import { Openid4vciClient, setGlobalConfig } from "@openid4vc/openid4vci";
import { Keys, attest, callbacks, signer } from "./keys.js";

setGlobalConfig({ allowInsecureUrls: true }); // The station of the test serves plain http on loopback.

export class Wallet {
  heard = []; // What the issuer answered, in order.
  #keys = new Keys();
  #client = new Openid4vciClient({ callbacks: callbacks(this.#keys, this.#fetch.bind(this)) });

  constructor(attestationSigner) {
    this.attestationSigner = attestationSigner;
  }

  async #fetch(url, init) {
    this.last = { url, init };
    const response = await fetch(url, init);
    const body = response.ok ? {} : await response.clone().json();
    this.heard.push({ path: new URL(url).pathname, status: response.status, error: body.error });
    return response;
  }

  get #session() {
    return { issuerMetadata: this.metadata, accessToken: this.accessToken, dpop: this.dpop };
  }

  async scan({ uri }) {
    this.offer = await this.#client.resolveCredentialOffer(uri);
    this.metadata = await this.#client.resolveIssuerMetadata(this.offer.credential_issuer);
    const { originalDraftVersion, knownCredentialConfigurations } = this.metadata;
    return {
      offer: this.offer,
      version: originalDraftVersion,
      known: Object.keys(knownCredentialConfigurations),
    };
  }

  async exchange({ tx_code: txCode }) {
    this.dpop ??= { signer: signer(await this.#keys.make()) };
    const { accessTokenResponse } = await this.#client.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer: this.offer,
      issuerMetadata: this.metadata,
      txCode,
      dpop: this.dpop,
    });
    this.accessToken = accessTokenResponse.access_token;
    return { type: accessTokenResponse.token_type };
  }

  async receive({ configuration, keys }) {
    const { c_nonce: nonce } = await this.#client.requestNonce({ issuerMetadata: this.metadata });
    this.jwks = await Promise.all(Array.from({ length: keys }, () => this.#keys.make()));
    const keyAttestationJwt = await attest(this.attestationSigner, this.jwks, nonce);
    const proof = (jwk) =>
      this.#client.createCredentialRequestJwtProof({
        issuerMetadata: this.metadata,
        credentialConfigurationId: configuration,
        signer: signer(jwk),
        nonce,
        keyAttestationJwt,
      });
    this.proofs = (await Promise.all(this.jwks.map(proof))).map(({ jwt }) => jwt);
    return this.#request(configuration);
  }

  // The proofs of the last request once more, for another credential.
  async replay_proofs({ configuration }) {
    return this.#request(configuration);
  }

  async #request(credentialConfigurationId) {
    const { credentialResponse } = await this.#client.retrieveCredentials({
      ...this.#session,
      credentialConfigurationId,
      proofs: { jwt: this.proofs },
    });
    const { credentials, notification_id } = credentialResponse;
    return { credentials: credentials.map(({ credential }) => credential), keys: this.jwks, notification_id };
  }

  async notify({ notification_id: notificationId, event }) {
    await this.#client.sendNotification({ ...this.#session, notification: { notificationId, event } });
    return {};
  }

  // The last request as it was sent, octet for octet, with its DPoP proof.
  async replay_request() {
    const { url, init } = this.last;
    const response = await this.#fetch(url, init);
    return { status: response.status, challenge: response.headers.get("www-authenticate") };
  }
}
