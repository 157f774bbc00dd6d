"""The resident's screen."""

TEXTS: dict[str, tuple[str, str]] = {
    "display.open": ("신청인 화면 열기", "Open the resident's display"),
    "display.title": ("안내 화면", "Display"),
    "display.not_paired": ("준비 중입니다", "Not ready yet"),
    "display.pair_here": (
        "담당자가 창구 화면에서 ‘신청인 화면 열기’를 누르면 시작합니다.",
        "The officer starts this screen with 'Open the resident's display'.",
    ),
    "display.welcome": ("어서 오세요", "Welcome"),
    "display.welcome_means": (
        "모바일 주민등록증을 발급해 드립니다. 담당자의 안내를 따라 주세요.",
        "This is where you get your mobile resident registration card. The officer will guide you.",
    ),
    "display.consents": ("읽고 동의해 주세요", "Please read and agree"),
    "display.consents_means": (
        "모바일 주민등록증을 발급하려면 필수 항목에 동의해 주셔야 합니다.",
        "A mobile card can be issued only with your consent to what is required.",
    ),
    "display.consent.terms": (
        "모바일 주민등록증을 쓰는 조건입니다.",
        "The conditions on which you use the mobile card.",
    ),
    "display.consent.identification": (
        "본인 확인과 발급에 주민등록번호를 사용합니다.",
        "Your registration number is used to identify you and to issue the card.",
    ),
    "display.consent.portrait": (
        "얼굴 확인과 모바일 주민등록증에 주민등록 사진을 사용합니다.",
        "Your portrait is compared with your face and stands on the mobile card.",
    ),
    "display.consent.fingerprint": (
        "얼굴로 확인하기 어려울 때만 지문을 대조합니다.",
        "Your fingerprint is compared only if your face does not tell.",
    ),
    "display.agree": ("동의합니다", "I agree"),
    "display.disagree": ("동의하지 않습니다", "I do not agree"),
    "display.put_card": ("신분증을 판독기에 올려놓아 주세요", "Please put your card on the reader"),
    "display.pin": ("신분증의 비밀번호를 눌러 주세요", "Please enter the PIN of your card"),
    "display.pin_means": (
        "비밀번호는 담당자에게 보이지 않으며 저장되지 않습니다.",
        "The officer does not see it, and it is not kept.",
    ),
    "display.new_pin": ("새 비밀번호 6자리를 눌러 주세요", "Please enter a new PIN of six digits"),
    "display.new_pin_means": (
        "생년월일이나 이어지는 숫자는 쓰지 마세요.",
        "Do not use your birthday, or digits in a row.",
    ),
    "display.new_pin_again": (
        "새 비밀번호를 한 번 더 눌러 주세요",
        "Please enter the new PIN once more",
    ),
    "display.new_pin_again_means": (
        "두 번이 같아야 바뀝니다.",
        "It is changed if both are the same.",
    ),
    "display.puk": ("PUK 10자리를 눌러 주세요", "Please enter the PUK of ten digits"),
    "display.puk_means": (
        "신분증을 받을 때 안내문에 적혀 있던 번호입니다.",
        "It is in the letter that came with your card.",
    ),
    "display.pin_done": ("마쳤습니다", "Done"),
    "display.pin_done_means": (
        "신분증의 비밀번호를 다시 쓸 수 있습니다.",
        "The PIN of your card can be used again.",
    ),
    "display.reading": ("신분증을 읽고 있습니다", "Reading your card"),
    "display.leave_card": (
        "끝날 때까지 신분증을 빼지 마세요.",
        "Please leave the card on the reader until this is done.",
    ),
    "display.officer_works": ("담당자가 확인하고 있습니다", "The officer is checking"),
    "display.a_moment": ("잠시만 기다려 주세요.", "One moment, please."),
    "display.scan": ("휴대전화로 QR 코드를 찍어 주세요", "Scan the QR code with your phone"),
    "display.scan_means": (
        "모바일 신분증 앱을 열고 찍어 주세요.",
        "Open the mobile identity card app and scan it.",
    ),
    "display.type": ("확인 번호를 휴대전화에 입력해 주세요", "Type this code into your phone"),
    "display.type_means": (
        "이 번호를 다른 사람에게 보이지 마세요.",
        "Do not show this code to anybody else.",
    ),
    "display.sending": ("휴대전화로 보내고 있습니다", "Sending it to your phone"),
    "display.show_phone": (
        "휴대전화 화면을 담당자에게 보여 주세요",
        "Please show your phone to the officer",
    ),
    "display.will_show": (
        "휴대전화에 {name} 님의 모바일 주민등록증이 나타납니다.",
        "Your phone shows the mobile card of {name}.",
    ),
    "display.done": ("발급을 마쳤습니다", "Your mobile card is ready"),
    "display.done_means": (
        "{until}까지 쓸 수 있습니다. 신분증을 챙겨 주세요.",
        "Valid until {until}. Please take your card.",
    ),
    "display.ended": ("접수가 끝났습니다", "This has ended"),
    "display.ask_officer": ("담당자에게 말씀해 주세요.", "Please ask the officer."),
    "display.offer_over": (
        "QR 코드의 시간이 지났습니다",
        "The time of the QR code is over",
    ),
}
