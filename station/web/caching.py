"""Who may keep an answer: nobody what is a wallet's, everybody what is public."""

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
PUBLIC = {"Cache-Control": "max-age=60", "Access-Control-Allow-Origin": "*"}
LASTING = {"Cache-Control": "max-age=86400", "Access-Control-Allow-Origin": "*"}
