"""The addresses of the main job: signing in, orders, money, the desk, figures."""

from tests.doors.shapes import (
    ANY_DONOR,
    BRANCH,
    DONE,
    DOORS,
    FAR_BRANCH,
    FIGURES,
    INVOICE,
    MEMBERS,
    MONEY_READERS,
    PAYERS,
    PUBLIC,
    PUBLIC_POST,
    SIGNED_IN,
    SIGNED_IN_POST,
    SPONSORSHIP,
    SUPERVISORS,
    WRITERS,
    Row,
    Rows,
    answers,
    at_desk,
    case,
    draft,
    each,
    held,
    only,
    own,
    sponsorship,
    watched,
    worker,
)

ROWS: Rows = {
    # What everyone may see.
    "healthz": Row(PUBLIC),
    "readyz": Row(PUBLIC),
    "front": Row(PUBLIC),
    "quote": Row(PUBLIC),
    "price_line": Row(PUBLIC, data={"months": "12"}),
    "help_accident": Row(PUBLIC),
    "privacy": Row(PUBLIC),
    "consent_form": Row(PUBLIC),
    "village_search": Row(PUBLIC),
    "area_children": Row(PUBLIC),
    "mailbox": Row(PUBLIC),
    "styleguide": Row(PUBLIC, PUBLIC_POST),
    "set_language": Row(post=PUBLIC_POST, data={"language": "en"}),
    "api_schema": Row(PUBLIC),
    # What opens by an address that only some know.
    "public_card": Row(PUBLIC, at=lambda w: [w.covered.worker.uuid]),
    "public_card_qr": Row(PUBLIC, at=lambda w: [w.covered.worker.uuid]),
    "pay_link": Row(PUBLIC, at=lambda w: [w.pay_token]),
    "pay_link_start": Row(post=PUBLIC_POST, at=lambda w: [w.pay_token]),
    "qris_image": Row(PUBLIC, at=lambda w: [w.payment.uuid]),
    "qris_svg": Row(PUBLIC, at=lambda w: [w.payment.uuid]),
    "sandbox_pay": Row(PUBLIC, PUBLIC_POST, at=lambda w: [w.charge.transaction_id]),
    "worker_link": Row(PUBLIC, PUBLIC_POST, at=lambda w: [w.linked.link.token]),
    "worker_link_refuse": Row(post=PUBLIC_POST, at=lambda w: [w.linked.link.token]),
    "payment_webhook": Row(
        post=answers(nobody=400, donors=400, staff=400), at=lambda w: ["sandbox"]
    ),
    # Signing in and out, and the account.
    "account_login": Row(DOORS, DOORS),
    "account_signup": Row(DOORS, DOORS),
    "account_request_login_code": Row(DOORS, DOORS),
    "account_confirm_login_code": Row(
        answers(donors=302, staff=302), answers(donors=302, staff=302)
    ),
    "account_logout": Row(answers(nobody=302, donors=200, staff=200), PUBLIC_POST),
    "account_inactive": Row(PUBLIC),
    "account_reauthenticate": Row(SIGNED_IN, SIGNED_IN_POST),
    "account_email": Row(SIGNED_IN, SIGNED_IN_POST),
    "account_email_verification_sent": Row(answers(donors=302, staff=302)),
    "account_change_password": Row(SIGNED_IN, SIGNED_IN_POST),
    "account_set_password": Row(answers(donors=302, staff=302), SIGNED_IN_POST),
    "account_reset_password": Row(PUBLIC, PUBLIC),
    "account_reset_password_done": Row(PUBLIC),
    "account_reset_password_from_key": Row(
        PUBLIC, PUBLIC_POST, at=lambda w: ["1", "not-a-key-of-anyone"]
    ),
    "account_reset_password_from_key_done": Row(PUBLIC),
    "account_verify_phone": Row(),
    "account_change_phone": Row(SIGNED_IN, SIGNED_IN_POST),
    "tokens": Row(SIGNED_IN, SIGNED_IN_POST),
    "token_revoke": Row(post=SIGNED_IN_POST),
    # The donor's orders.
    "orders": Row(ANY_DONOR),
    "order_new": Row(ANY_DONOR, answers(donors=400, staff=403), data={"months": "-3"}),
    "order_detail": Row(own(MEMBERS, 200), at=lambda w: [w.sent.uuid]),
    "order_edit": Row(own(WRITERS, 200), at=draft),
    "order_terms": Row(own(WRITERS, 200), own(WRITERS, DONE), at=draft),
    "order_submit": Row(post=own(WRITERS, DONE), at=draft),
    "order_discard": Row(post=own(WRITERS, DONE), at=draft),
    "order_worker": Row(own(WRITERS, 200), own(WRITERS, DONE), at=worker),
    "order_data": Row(own(WRITERS, 200), own(WRITERS, DONE), at=worker),
    "order_proof": Row(own(WRITERS, 200), own(WRITERS, DONE), at=worker),
    "order_paper": Row(own(WRITERS, 200), at=worker),
    "order_worker_remove": Row(post=own(WRITERS, DONE), at=worker),
    "order_autosave": Row(post=own(WRITERS, 204), at=lambda w: [*worker(w), "data"]),
    "enrollment_repair": Row(own(WRITERS, 200), own(WRITERS, DONE), at=lambda w: [w.returned.uuid]),
    "enrollment_withdraw": Row(post=own(WRITERS, DONE), at=case),
    "link_renew": Row(post=own(WRITERS, DONE), at=lambda w: [w.linked.uuid]),
    "enrollment_form": Row(own(WRITERS, 200), own(WRITERS, DONE), at=lambda w: [w.unsigned.uuid]),
    "case_paper": Row(own(WRITERS, 200), at=lambda w: [w.unsigned.uuid]),
    "evidence": Row(answers(donors=404, staff=404, officer=200), at=lambda w: [w.evidence.uuid]),
    # The donor's money and workers.
    "invoices": Row(SIGNED_IN),
    "invoice": [
        Row(INVOICE, at=lambda w: [w.invoice.uuid]),
        # The treasurer of the branch that opened the company, and head office.
        Row(
            answers(donors=404, staff=404, **each(MONEY_READERS, 200)),
            at=lambda w: [w.company_invoice.uuid],
        ),
    ],
    "invoice_start": [
        Row(
            post=answers(donors=404, staff=404, **each(PAYERS, DONE)),
            at=lambda w: [w.invoice.uuid],
        ),
        Row(post=answers(donors=404, staff=404), at=lambda w: [w.company_invoice.uuid]),
    ],
    "receipt": Row(INVOICE, at=lambda w: [w.receipt.uuid]),
    "sponsorships": Row(SIGNED_IN),
    "sponsorship": Row(SPONSORSHIP, at=sponsorship),
    "sponsorship_stop": Row(
        post=answers(donors=404, staff=404, **each(PAYERS, DONE)), at=sponsorship
    ),
    "sponsorship_resume": Row(
        post=answers(donors=404, staff=404, **each(PAYERS, DONE)), at=sponsorship
    ),
    # The branch's desk.
    "desk": Row(only((*BRANCH, *FAR_BRANCH), 200)),
    "desk_next": Row(post=only((*BRANCH, *FAR_BRANCH), DONE)),
    "desk_held": Row(only(SUPERVISORS, 200)),
    "case": [Row(watched(200), at=case), Row(watched(200), at=held)],
    "case_take": Row(post=at_desk(), at=case),
    "case_recheck": Row(post=at_desk(), at=case),
    "case_reveal": Row(post=at_desk(), at=case, data={"reason": "telepon dari pekerja"}),
    "case_approve": Row(post=at_desk(), at=held),
    "case_return": Row(post=at_desk(), at=held),
    "case_reject": Row(post=at_desk(), at=held),
    "case_hand_over": Row(post=at_desk(), at=held),
    "case_family": Row(post=at_desk(), at=held),
    "case_release": Row(post=at_desk(), at=held),
    "case_assign": Row(
        post=answers(donors=403, staff=403, supervisor=DONE, far_supervisor=404), at=held
    ),
    "rejected": Row(only((*BRANCH, *FAR_BRANCH), 200)),
    "rejected_decide": Row(post=at_desk(), at=lambda w: [w.refused.pk]),
    "donors_opened": Row(only(SUPERVISORS, 200)),
    "donor_open": Row(only(SUPERVISORS, 200), only(SUPERVISORS, DONE)),
    # Kanwil, head office, auditors.
    "dashboard": Row(only(FIGURES, 200)),
    "dashboard_csv": Row(only(FIGURES, 200)),
    "dashboard_ending": Row(
        only(FIGURES, 200) | {"far_regional": 404, "far_auditor": 404}, at=lambda w: ["1671"]
    ),
    "jobs": Row(only(("head",), 200)),
    # Programs, with the token of their owner.
    "api_sponsorships": Row(answers(nobody=401, donors=200, staff=200), api=True),
    "api_invoices": Row(answers(nobody=401, donors=200, staff=200), api=True),
    "api_coverage_check": Row(
        post=only(BRANCH, 200, nobody=401) | each(FAR_BRANCH, 404),
        data={"nik": "1671014203890005", "date": "2026-11-20"},
        api=True,
    ),
}
