// The shop: trusts the station's IACA and looks at what wallets present.
import * as mdoc from "./mdoc.js";
import * as sdJwt from "./sd_jwt.js";

export class Shop {
  constructor({ anchor }) {
    this.anchor = anchor;
  }

  async verify_mdoc({ presented, ...request }) {
    return mdoc.verify(presented, { anchor: this.anchor, ...request });
  }

  async verify_sd_jwt({ presented, ...request }) {
    return sdJwt.verify(presented, { anchor: this.anchor, ...request });
  }
}
