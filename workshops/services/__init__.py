"""Every write of the workshops app, by subject.

Who signs up takes a free seat, or waits when none is left. They share the workshop's places with others who do so
meanwhile. Everything else that changes who has a place locks the workshop, so such changes take turns. Before it come
the books if somebody is told of the change, and the seller's row if one signs up. At commit the database checks that
none is free while somebody waits. It also checks that who waits gets a place in order.
"""

from .attendance import Doorkeeper, check_in, check_in_place, correct_attendance, refuse_correcting, undo_check_in
from .certificates import NoCertificate, issue_certificate
from .changing import change_signup, refuse_changing_signup
from .copying import Appointment, copy_workshop, why_not_then
from .door_links import make_door_link, note_opened, revoke_door_link
from .door_scans import Scan, ScanResult, take_scans
from .excuses import excuse_signup, refuse_excusing
from .feedback import NoFeedback, give_feedback
from .locking import lock_workshop, lock_workshop_to_tell
from .material import add_material, remove_material, sweep_material
from .member_changes import tell_of_member_changes
from .own_places import tell_of_own_places
from .places import (
    cancel_signup,
    cancel_signup_for_seller,
    change_capacity,
    confirm_signup,
    give_place,
    pass_on_unconfirmed_places,
    refuse_cancelling_signup,
    refuse_giving_place,
)
from .publishing import (
    cancel_workshop,
    describe_workshop,
    move_workshop,
    place_problem,
    publish_workshop,
    refuse_cancelling,
    refuse_publishing,
    refuse_unpublishing,
    replaced,
    unpublish_workshop,
)
from .refusals import CapacityTooLow, CheckInRefused, ClosedForSignups, MayNotCome, NotEnoughPlaces, TooLate
from .reminders import remind_attendees, remind_of_workshop
from .signing_up import delete_sensitive_answers, refuse_what_is_closed, sign_up, sign_up_for_seller, sign_up_people
from .telling import refuse_telling, tell_attendees
from .walk_ins import let_in, walk_in

__all__ = [
    "Appointment",
    "CapacityTooLow",
    "CheckInRefused",
    "ClosedForSignups",
    "Doorkeeper",
    "MayNotCome",
    "NoCertificate",
    "NoFeedback",
    "NotEnoughPlaces",
    "Scan",
    "ScanResult",
    "TooLate",
    "add_material",
    "cancel_signup",
    "cancel_signup_for_seller",
    "cancel_workshop",
    "change_capacity",
    "change_signup",
    "check_in",
    "check_in_place",
    "confirm_signup",
    "copy_workshop",
    "correct_attendance",
    "delete_sensitive_answers",
    "describe_workshop",
    "excuse_signup",
    "give_feedback",
    "give_place",
    "issue_certificate",
    "let_in",
    "lock_workshop",
    "lock_workshop_to_tell",
    "make_door_link",
    "move_workshop",
    "note_opened",
    "pass_on_unconfirmed_places",
    "place_problem",
    "publish_workshop",
    "refuse_cancelling",
    "refuse_cancelling_signup",
    "refuse_changing_signup",
    "refuse_correcting",
    "refuse_excusing",
    "refuse_giving_place",
    "refuse_publishing",
    "refuse_telling",
    "refuse_unpublishing",
    "refuse_what_is_closed",
    "remind_attendees",
    "remind_of_workshop",
    "remove_material",
    "replaced",
    "revoke_door_link",
    "sign_up",
    "sign_up_for_seller",
    "sign_up_people",
    "sweep_material",
    "take_scans",
    "tell_attendees",
    "tell_of_member_changes",
    "tell_of_own_places",
    "undo_check_in",
    "unpublish_workshop",
    "walk_in",
    "why_not_then",
]
