"""The review of an institution's pages: who may decide on what was handed in, and who may not."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.forms import TaskStateCommentForm
from wagtail.models import AbstractGroupApprovalTask, Page, TaskState

from cms.models.pages import InstitutionPage


class ReturnForm(TaskStateCommentForm):
    """Why a page goes back; there is no returning without a word."""

    comment = forms.CharField(label=_("What is to be changed"), widget=forms.Textarea({"rows": 4}), max_length=2000)


class Review(AbstractGroupApprovalTask):
    """The one step between a draft and the public: a reviewer of the institution publishes it, or returns it with a
    comment. Nobody decides on what she handed in herself, whatever else she may do."""

    institution = models.OneToOneField(InstitutionPage, models.CASCADE, related_name="review")

    class Meta:
        verbose_name = _("review")

    def get_actions(self, obj: Page, user: Any) -> list[tuple[str, Any, bool]]:
        """Return, publish, publish with a comment; nothing for whoever handed it in."""
        state = obj.current_workflow_task_state
        if not super().get_actions(obj, user) or state is None or handed_in_by(state, user):
            return []
        return [
            ("approve", _("Approve"), False),
            ("reject", _("Return with a comment"), True),
        ]

    @transaction.atomic
    def on_action(self, task_state: TaskState, user: Any, action_name: str, **kwargs: Any) -> None:
        if handed_in_by(task_state, user):
            raise PermissionDenied
        if action_name == "reject" and not kwargs.get("comment", "").strip():
            raise PermissionDenied
        super().on_action(task_state, user, action_name, **kwargs)

    def get_form_for_action(self, action: str) -> type[forms.Form]:
        return ReturnForm if action == "reject" else super().get_form_for_action(action)

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> models.QuerySet[TaskState]:
        """What waits for her."""
        waiting = super().get_task_states_user_can_moderate(user, **kwargs)
        return waiting.exclude(workflow_state__requested_by=user).exclude(revision__user=user)


def handed_in_by(state: TaskState, user: Any) -> bool:
    """Whether the user began this review, or handed the page in again after it had been returned."""
    return user.pk in (state.workflow_state.requested_by_id, state.revision.user_id)
