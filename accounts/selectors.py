"""Questions about users."""

from django.db.models import F

from accounts.models import User, phone_index


def user_of_phone(phone: str) -> User | None:
    """Return the user of a cleaned phone number; whoever has proved it comes first."""
    if not phone:
        return None
    users = User.objects.filter(phone_index=phone_index(phone), is_active=True)
    return users.order_by(F("phone_verified_at").asc(nulls_last=True), "pk").first()
