"""What officers say when they act on another person's account; the acts decide whether it may stand."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.people.record_forms import reason_field


class NewSlipForm(forms.Form):
    """What became of the old password."""

    old = forms.ChoiceField(
        label=_("The old password"),
        help_text=_(
            "If somebody else may know the password, the slip alone lets anyone in from now on: everybody is signed "
            "out, and password, e-mail address, confirmed telephone and second factor are taken out."
        ),
        choices=[
            ("lost", _("She forgot it. It goes on until she uses the slip.")),
            ("wrong_hands", _("Somebody else may know it. It ends at once, and with it every other way in.")),
        ],
        initial="lost",
        widget=forms.RadioSelect,
    )


class ReasonForm(forms.Form):
    reason = reason_field(_("Kept in the journal, and told to the person."))
