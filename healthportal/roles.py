"""The roles of staff: groups with permissions, written after each migration. This table is where a role is changed.

A role's name leads to ``app.model`` and what it may do with it: ``view``, ``add``, ``change`` and ``delete`` are
Django's, the others are permissions of the model itself.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions

POLICY_EDITOR = "Policy editor"
POLICY_LEAD = "Policy lead"
REVIEWER = "Reviewer"
REVIEW_LEAD = "Review lead"
INCIDENT_LEAD = "Incident lead"
WORKSHOP_HOST = "Workshop host"
OPERATOR = "Operator"
AUDITOR = "Auditor"

EDIT = "view add change"
EDIT_AND_DELETE = "view add change delete"

VISIBLE = {
    "sellers": "market controlsproposal brand seller member content apitoken sellernote sellerviewing memberupload "
    "memberuploadline",
    "accounts": "user accountemail superuserproposal unreachableaddress",
    "audit": "auditentry lonedecision",
    "policies": "policy policyversion policyannouncement article articlesection articleversion articleversionsection",
    "violations": "violation pointsentry milestone ruleschange enforcementaction appeal appealattachment secondreview "
    "macro appealreason upload massreversal rehearsal shadowweek detectoralarm heldviolation",
    "inbox": "message emaildelivery digest",
    "events": "event webhookendpoint webhookdelivery",
    "exports": "export",
    "retention": "retention erasurerequest",
    "quizzes": "quiz question questionpicture choice passpointsproposal regrade regradedattempt remark attempt "
    "attemptquestion quizreminder fairtrial",
    "workshops": "workshop workshopseries city signup signupquestion seat doorlink doorscan "
    "workshopreminder feedbackquestion feedback",
    "reports": "reportrun reportchunk weeklyreport",
    "auth": "group",
}

ROLES: dict[str, dict[str, str]] = {
    POLICY_EDITOR: {
        "policies.policy": EDIT,
        "policies.policyversion": EDIT_AND_DELETE,
        "policies.policyannouncement": "view",
        "policies.article": "view",
        "policies.articlesection": "view",
        "policies.articleversion": EDIT_AND_DELETE,
        "policies.articleversionsection": EDIT_AND_DELETE,
        "violations.macro": EDIT_AND_DELETE,
        "violations.appealreason": EDIT,
        "violations.rehearsal": "view add",
        "quizzes.quiz": EDIT,
        "quizzes.question": EDIT_AND_DELETE,
        "quizzes.choice": EDIT_AND_DELETE,
        "quizzes.questionpicture": EDIT_AND_DELETE,
        "quizzes.passpointsproposal": "view",
        "quizzes.regrade": "view",
        "quizzes.remark": "view",
        "quizzes.fairtrial": "view add",
    },
    # Taking the notice away from every seller is for somebody who answers for it, not for whoever writes.
    POLICY_LEAD: {
        "policies.policy": "view",
        "policies.policyversion": "view change publish_policyversion_immediately",
        "policies.policyannouncement": "view",
        "violations.rehearsal": "view add",
        "sellers.market": "view",
    },
    REVIEWER: {
        "sellers.market": "view",
        "sellers.seller": "view",
        "sellers.member": "view",
        "sellers.content": "view",
        "sellers.sellernote": "view add",
        "policies.policy": "view",
        "policies.policyversion": "view",
        "policies.article": "view",
        "policies.articlesection": "view",
        "violations.violation": "view issue_violation void_violation",
        "violations.upload": "view add",
        "violations.appeal": "view decide_appeal",
        "violations.secondreview": "view",
        "violations.appealattachment": "view",
        "violations.macro": "view",
        "violations.appealreason": "view",
        "violations.pointsentry": "view",
        "violations.milestone": "view",
        "violations.enforcementaction": "view lift_enforcementaction",
        "violations.massreversal": "view",
        "inbox.message": "view",
        "inbox.emaildelivery": "view",
        "reports.reportrun": "view",
        "reports.weeklyreport": "view",
        "quizzes.attempt": "view",
    },
    # Who leads a shift sees who has which appeal and gives it to somebody; deciding takes the other role too.
    REVIEW_LEAD: {
        "sellers.market": "view",
        "sellers.seller": "view view_as_seller",
        "sellers.sellerviewing": "view",
        "sellers.member": "view",
        "sellers.sellernote": "view add",
        "policies.policy": "view",
        "policies.policyversion": "view",
        "violations.violation": "view",
        "violations.appeal": "view assign_appeal",
        "violations.secondreview": "view",
        "violations.macro": EDIT_AND_DELETE,
        "violations.appealreason": EDIT,
    },
    # A mass reversal reaches thousands of sellers and cannot be undone: reviewers, who decide case by case, cannot.
    INCIDENT_LEAD: {
        "sellers.market": "view",
        "sellers.seller": "view",
        "sellers.content": "view",
        "sellers.sellernote": "view add",
        "policies.policy": "view",
        "policies.policyversion": "view",
        "violations.violation": "view",
        "violations.appeal": "view",
        "violations.pointsentry": "view",
        "violations.enforcementaction": "view",
        "violations.massreversal": "view void_violations_in_bulk",
        "violations.detectoralarm": "view handle_detectoralarm",
        "violations.heldviolation": "view",
    },
    WORKSHOP_HOST: {
        "workshops.workshop": "view add change cancel_workshop",
        "workshops.workshopseries": EDIT,
        "workshops.city": EDIT,
        "workshops.signup": "view add change check_in_signup",
        "workshops.signupquestion": EDIT_AND_DELETE,
        "workshops.signupanswer": "view",
        "workshops.seat": "view",
        "workshops.doorlink": "view",
        "workshops.doorscan": "view",
        "workshops.workshopreminder": "view",
        "workshops.feedbackquestion": EDIT_AND_DELETE,
        "workshops.feedback": "view",
        "sellers.market": "view",
        "sellers.seller": "view",
    },
    OPERATOR: {
        "sellers.market": "view",
        "sellers.seller": "view view_as_seller",
        "sellers.sellerviewing": "view",
        "sellers.member": "view",
        "sellers.sellernote": "view add",
        "sellers.memberupload": "view add change",
        "sellers.memberuploadline": "view",
        "quizzes.attempt": "view",
        "sellers.brand": EDIT_AND_DELETE,
        "sellers.apitoken": "view add revoke_apitoken",
        "inbox.message": "view",
        "inbox.emaildelivery": "view change",
        "inbox.digest": "view change",
        "accounts.accountemail": "view",
        "policies.policyannouncement": "view change",
        "violations.ruleschange": "view change",
        "events.event": "view",
        "accounts.unreachableaddress": "view change",
        "events.webhookendpoint": "view add change",
        "events.webhookdelivery": "view",
        "retention.retention": "view change",
        "retention.erasurerequest": "view add change",
        "exports.export": "view change",
        "reports.reportrun": "view change",
        "reports.reportchunk": "view",
        "reports.weeklyreport": "view",
    },
    AUDITOR: {f"{app}.{model}": "view" for app, models in VISIBLE.items() for model in models.split()},
}


def codenames(role: str) -> set[tuple[str, str]]:
    """What a role may do, as pairs of app and codename such as ``("violations", "view_policy")``."""
    pairs = set()
    for label, words in ROLES[role].items():
        app, model = label.split(".")
        for word in words.split():
            pairs.add((app, word if "_" in word else f"{word}_{model}"))
    return pairs


def update_roles(*, using: str = "default", apps: Any = installed, **kwargs: Any) -> None:
    """Make the groups what the table says. Connected to ``post_migrate``, for permissions are created there too."""
    try:
        group_model = apps.get_model("auth", "Group")
        permission_model = apps.get_model("auth", "Permission")
    except LookupError:
        return  # migrated back to before there were groups
    for app in {app for role in ROLES for app, _ in codenames(role)}:
        create_permissions(installed.get_app_config(app), verbosity=0, using=using, apps=apps)
    known = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in permission_model.objects.using(using).select_related("content_type")
    }
    for role in ROLES:
        group, _ = group_model.objects.using(using).get_or_create(name=role)
        group.permissions.set([known[pair] for pair in codenames(role) if pair in known])
