// The wallet: @openid4vc speaks OpenID4VCI; what was learnt stays between two steps.
import { Oauth2Client } from "@openid4vc/oauth2";
import { Openid4vciClient, setGlobalConfig } from "@openid4vc/openid4vci";
import { Keys, attest, callbacks, signer } from "./keys.js";
import * as mdoc from "./mdoc.js";
import * as sdJwt from "./sd_jwt.js";

setGlobalConfig({ allowInsecureUrls: true }); // The station under test is on loopback.

export class Wallet {
  heard = []; // The issuer's answers, in their order.
  #keys = new Keys();
  #callbacks = callbacks(this.#keys, (...request) => this.#fetch(...request));
  #client = new Openid4vciClient({ callbacks: this.#callbacks });
  #oauth2 = new Oauth2Client({ callbacks: this.#callbacks });

  constructor({ attestation_signer }) {
    this.attestationSigner = attestation_signer;
  }

  async scan({ uri }) {
    this.offer = await this.#client.resolveCredentialOffer(uri);
    this.metadata = await this.#client.resolveIssuerMetadata(this.offer.credential_issuer);
    return { offer: this.offer, metadata: this.metadata };
  }

  async exchange({ tx_code }) {
    this.dpop ??= { signer: signer(await this.#keys.make()) };
    const { accessTokenResponse } =
      await this.#client.retrievePreAuthorizedCodeAccessTokenFromOffer({
        credentialOffer: this.offer,
        issuerMetadata: this.metadata,
        txCode: tx_code,
        dpop: this.dpop,
      });
    this.accessToken = accessTokenResponse.access_token;
    this.refreshToken = accessTokenResponse.refresh_token;
    return accessTokenResponse;
  }

  async refresh() {
    const { accessTokenResponse } = await this.#oauth2.retrieveRefreshTokenAccessToken({
      authorizationServerMetadata: this.metadata.authorizationServers[0],
      refreshToken: this.refreshToken,
      dpop: this.dpop,
    });
    this.accessToken = accessTokenResponse.access_token;
    return accessTokenResponse;
  }

  // Credentials for as many new keys.
  async receive({ configuration, keys }) {
    const jwks = await Promise.all(Array.from({ length: keys }, () => this.#keys.make()));
    return this.receive_again({ configuration, keys: jwks });
  }

  // Credentials for these keys, all vouched for by one attestation.
  async receive_again({ configuration, keys: jwks }) {
    const { c_nonce: nonce } = await this.#client.requestNonce({ issuerMetadata: this.metadata });
    const keyAttestationJwt = await attest(this.attestationSigner, jwks, nonce);
    const prove = (jwk) =>
      this.#client.createCredentialRequestJwtProof({
        issuerMetadata: this.metadata,
        credentialConfigurationId: configuration,
        signer: signer(jwk),
        nonce,
        keyAttestationJwt,
      });
    this.proofs = (await Promise.all(jwks.map(prove))).map(({ jwt }) => jwt);
    return { ...(await this.replay_proofs({ configuration })), keys: jwks };
  }

  // The proofs of the last request once more, and for another credential.
  async replay_proofs({ configuration }) {
    const { credentialResponse } = await this.#client.retrieveCredentials({
      ...this.#session,
      credentialConfigurationId: configuration,
      proofs: { jwt: this.proofs },
    });
    return credentialResponse;
  }

  // The last request as it was sent, with the DPoP proof it had.
  async replay_request() {
    const response = await this.#fetch(...this.lastRequest);
    return { challenge: response.headers.get("www-authenticate") };
  }

  async notify({ notification_id, event }) {
    const notification = { notificationId: notification_id, event };
    await this.#client.sendNotification({ ...this.#session, notification });
  }

  async check_mdoc(order) {
    await mdoc.check(order);
  }

  async present_mdoc({ key, ...order }) {
    return mdoc.present(this.#keys, key, order);
  }

  async present_sd_jwt({ key, ...order }) {
    return { presented: await sdJwt.present(this.#keys, key, order) };
  }

  get #session() {
    return { issuerMetadata: this.metadata, accessToken: this.accessToken, dpop: this.dpop };
  }

  async #fetch(...request) {
    this.lastRequest = request;
    const response = await fetch(...request);
    const { error } = response.ok ? {} : await response.clone().json();
    const path = new URL(response.url).pathname;
    this.heard.push({ path, status: response.status, error });
    return response;
  }
}
