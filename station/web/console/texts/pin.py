"""The page on which the PIN of a card is served."""

TEXTS: dict[str, tuple[str, str]] = {
    "pin.title": ("주민등록증 비밀번호", "PIN of the card"),
    "pin.not_here": (
        "이 접수에서는 비밀번호를 다룰 수 없습니다.",
        "The PIN cannot be served in this case.",
    ),
    "pin.task.pin-status": ("비밀번호 상태", "State of the PIN"),
    "pin.task.pin-change": ("비밀번호 변경", "Change the PIN"),
    "pin.task.pin-unblock": ("비밀번호 잠금 해제", "Unblock the PIN"),
    "pin.task.pin-reset": ("비밀번호 새로 정하기", "Set a new PIN"),
    "pin.means.pin-status": (
        "남은 횟수를 읽습니다. 횟수는 줄지 않습니다.",
        "Reads the tries left; this costs none.",
    ),
    "pin.means.pin-change": (
        "신청인이 현재 비밀번호와 새 비밀번호를 화면에서 누릅니다.",
        "The resident types the current PIN and a new one at the display.",
    ),
    "pin.means.pin-unblock": (
        "신청인이 PUK를 화면에서 누릅니다. 비밀번호는 그대로입니다.",
        "The resident types the PUK at the display. The PIN stays as it is.",
    ),
    "pin.means.pin-reset": (
        "본인 확인을 마친 접수에서, 그 접수에서 읽은 카드에만 합니다. 담당자가 CAN을 입력합니다.",
        "Only for the card read in this case, once its holder is identified. You type the CAN.",
    ),
    "pin.reset_later": (
        "카드를 읽고 본인 확인을 마치면 할 수 있습니다.",
        "Possible once the card is read and its holder identified.",
    ),
    "pin.do.pin-status": ("상태 읽기", "Read it"),
    "pin.do.pin-change": ("변경 시작", "Begin"),
    "pin.do.pin-unblock": ("해제 시작", "Begin"),
    "pin.do.pin-reset": ("새로 정하기 시작", "Begin"),
    "pin.done.pin-status": ("비밀번호 상태를 읽었습니다.", "The state of the PIN was read."),
    "pin.done.pin-change": ("비밀번호를 바꾸었습니다.", "The PIN is changed."),
    "pin.done.pin-unblock": ("잠금을 해제했습니다.", "The PIN is unblocked."),
    "pin.done.pin-reset": ("새 비밀번호를 정했습니다.", "A new PIN is set."),
    "pin.state.operational": ("사용할 수 있음", "Can be used"),
    "pin.state.suspended": ("한 번 남아 멈춤", "Suspended: one try is left"),
    "pin.state.blocked": ("잠김", "Blocked"),
    "pin.state.deactivated": ("꺼짐", "Switched off"),
    "pin.state_is": ("비밀번호 상태: {state}", "State of the PIN: {state}"),
    "pin.left": ("남은 횟수 {count}회", "Tries left: {count}"),
    "pin.stop": ("중단", "Stop"),
    "pin.working": ("카드와 통신하고 있습니다.", "Talking to the card."),
    "pin.asking_pin": (
        "신청인이 현재 비밀번호를 누르는 중입니다.",
        "The resident is typing the current PIN.",
    ),
    "pin.asking_new_pin": (
        "신청인이 새 비밀번호를 누르는 중입니다.",
        "The resident is typing a new PIN.",
    ),
    "pin.asking_new_pin_again": (
        "신청인이 새 비밀번호를 한 번 더 누르는 중입니다.",
        "The resident is typing the new PIN once more.",
    ),
    "pin.asking_puk": ("신청인이 PUK를 누르는 중입니다.", "The resident is typing the PUK."),
}
