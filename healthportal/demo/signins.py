"""Who can sign in to the demo."""

PASSWORD = "show-me-around"  # noqa: S105  # printed for everybody who runs the demo

SELLERS_IN_DEMO = (
    ("good@example.com", "a seller in good standing (US)"),
    ("near@example.com", "a seller near a milestone (US)"),
    ("restricted@example.com", "a seller under enforcement (GB)"),
    ("both@example.com", "a member of two sellers (US and Thailand)"),
)

STAFF_IN_DEMO = (
    ("editor@example.com", "Policy editor"),
    ("lead@example.com", "Policy lead"),
    ("reviewer@example.com", "Reviewer"),
    ("reviewer-th@example.com", "Reviewer"),
    ("review-lead@example.com", "Review lead"),
    ("incidents@example.com", "Incident lead"),
    ("host@example.com", "Workshop host"),
    ("operator@example.com", "Operator"),
    ("auditor@example.com", "Auditor"),
)

WORKS_FOR = {"reviewer-th@example.com": "TH"}
"""The staff who work for one market alone, by its code."""

SIGN_INS = (
    *SELLERS_IN_DEMO,
    *(
        (email, f"staff: {role.lower()}" + (f" ({WORKS_FOR[email]} alone)" if email in WORKS_FOR else ""))
        for email, role in STAFF_IN_DEMO
    ),
    ("admin@example.com", "staff: everything"),
)
