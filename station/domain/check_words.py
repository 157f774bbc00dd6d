"""What the proofs of a case are called, what was seen of them, and why something ended."""

from station.domain.text import Words

CHECKS: dict[str, Words] = {
    "pace": Words("카드와 보안 연결", "Secure connection with the card"),
    "terminal_authentication": Words("카드가 단말기를 확인함", "The card accepts this terminal"),
    "card_security_authentic": Words(
        "칩 보안 정보의 서명",
        "Signature of the chip's security data",
    ),
    "card_access_as_signed": Words(
        "공개 보안 정보가 서명된 것과 같음",
        "Open security data as signed",
    ),
    "chip_authentication": Words("복제되지 않은 칩", "The chip is no copy"),
    "lds_signature_authentic": Words("카드 자료의 서명", "Signature of the card's data"),
    "dg1_as_signed": Words("기재사항이 서명된 것과 같음", "Printed data as signed"),
    "dg2_as_signed": Words("사진이 서명된 것과 같음", "Portrait as signed"),
    "dg11_as_signed": Words("성명이 서명된 것과 같음", "Names as signed"),
    "dg12_as_signed": Words("발급기관이 서명된 것과 같음", "Issuing authority as signed"),
    "dg14_as_signed": Words("칩의 공개키가 서명된 것과 같음", "The chip's key as signed"),
    "chip_keys_agree": Words("두 곳의 칩 공개키가 같음", "Both chip keys agree"),
    "data_well_formed": Words("자료의 형식", "Data well formed"),
    "issuing_state_agrees": Words("발급 국가가 같음", "Issuing state agrees"),
    "name_agrees": Words("성명이 같음", "Name agrees"),
    "date_of_birth_agrees": Words("생년월일이 같음", "Date of birth agrees"),
    "sex_agrees": Words("성별이 같음", "Sex agrees"),
    "date_of_expiry_agrees": Words("유효기간이 같음", "Date of expiry agrees"),
    "date_of_issue_agrees": Words("발급일이 같음", "Date of issue agrees"),
    "dates_in_range": Words("날짜의 범위", "Dates in range"),
    "portrait_decodes": Words("사진을 열 수 있음", "The portrait can be opened"),
    "resident_found": Words("주민등록에 있음", "Found in the registry"),
    "document_shown": Words("신분증을 제시함", "A document was shown"),
    "fingerprint_compared": Words("지문이 일치함", "The fingerprint agrees"),
    "officer_compared_face": Words("얼굴이 같은 사람임", "The person is the one on the portrait"),
    "own_name_phone": Words("본인 명의의 휴대전화", "Phone in the person's own name"),
    "registry_agrees": Words("주민등록과 같음", "The registry agrees"),
}
"""Every proof: what a chip, a document, the registry and the officer's eyes have shown."""

SEEN: dict[str, Words] = {
    "wrong_token": Words("카드의 응답이 틀림", "the card answered wrongly"),
    "echoed_key": Words("보낸 키를 되돌려 보냄", "the card echoed our key"),
    "chip_has_another_key": Words("칩의 키가 다름", "the chip has another key"),
    "another_chip_key": Words("칩의 키가 서로 다름", "the two chip keys differ"),
    "card_access_differs": Words("서명된 것과 다름", "not as signed"),
    "malformed": Words("형식이 틀림", "malformed"),
    "missing_field": Words("빠진 항목이 있음", "a field is missing"),
    "differs": Words("서로 다름", "they differ"),
    "out_of_range": Words("있을 수 없는 날짜", "no possible date"),
    "too_large": Words("사진이 너무 큼", "the portrait is too large"),
    "not_an_image": Words("사진이 아님", "not a picture"),
    "by_fingerprint": Words("지문으로 확인", "by the fingerprint"),
    "content-type": Words("서명된 자료의 종류가 다름", "signed data of another type"),
    "signer-count": Words("서명자가 하나가 아님", "not one signer"),
    "signer-certificate-missing": Words("서명 인증서가 없음", "no signer certificate"),
    "signer-certificate-malformed": Words(
        "서명 인증서의 형식이 틀림", "malformed signer certificate"
    ),
    "signed-attributes": Words("서명 정보가 틀림", "wrong signed attributes"),
    "message-digest": Words("자료가 서명과 다름", "the data are not those signed"),
    "algorithm-not-allowed": Words("허용되지 않은 암호 방식", "an algorithm that is not allowed"),
    "key-not-allowed": Words("허용되지 않은 키", "a key that is not allowed"),
    "signature": Words("서명이 틀림", "wrong signature"),
    "signing-time": Words("서명한 때가 맞지 않음", "wrong time of signing"),
    "document-signer-validity": Words("서명 인증서의 유효기간 밖", "signer out of its validity"),
    "document-signer-usage": Words("서명에 쓸 수 없는 인증서", "a certificate not for signing"),
    "no-path-to-trust-anchor": Words("믿는 발급기관이 아님", "no trusted issuer"),
    "certificate-signature": Words("인증서의 서명이 틀림", "wrong signature of a certificate"),
    "country-signing-ca-validity": Words(
        "국가 인증서의 유효기간 밖", "country's certificate not valid"
    ),
    "country-signing-ca-usage": Words("국가 인증서가 아님", "not a country's certificate"),
    "unknown-critical-extension": Words("모르는 필수 항목", "an unknown critical extension"),
    "data-group-not-listed": Words("서명 목록에 없음", "not on the signed list"),
    "data-group-digest": Words("서명된 것과 다름", "not as signed"),
}
"""What was seen of a proof, beside whether it held."""

COMPARED: dict[str, Words] = {
    "name": Words("성명", "the name"),
    "date_of_birth": Words("생년월일", "the date of birth"),
}
"""What card and registry may disagree on."""

ENDINGS: dict[str, Words] = {
    "timer": Words("시간 경과", "its time was over"),
    "resident": Words("신청인의 뜻", "at the resident's wish"),
    "not_convinced": Words("담당자의 판단", "the officer was not convinced"),
    "face_mismatch": Words("얼굴이 다름", "the face does not match"),
    "card_swapped": Words("다른 카드가 놓임", "another card was put on the reader"),
    "not_this_phone": Words("다른 휴대전화", "not the resident's phone"),
    "never_fetched": Words("휴대전화가 받아 가지 않음", "the phone did not fetch it"),
    "no_outcome": Words("받았는지 알 수 없음", "nobody knows whether it arrived"),
    "superseded": Words("새것으로 바뀜", "a newer one took its place"),
    "signer_unavailable": Words("서명 장치가 응답하지 않음", "the key device was away"),
    "offered_again": Words("QR 코드를 새로 만듦", "a new QR code was made"),
    "another_key": Words("다른 휴대전화의 키", "another phone's key"),
    "too_many": Words("하루 횟수 초과", "too many in a day"),
    "retention": Words("보관 기간 끝남", "it had been kept long enough"),
    "officer": Words("담당자의 판단", "by the officer's judgement"),
}
"""Why something ended or was refused; cards have reasons of the nation besides."""
