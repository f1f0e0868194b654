"""The building blocks of pages."""

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory


def render(source, **context):
    return Template(source).render(Context({"request": RequestFactory().get("/x/", {"q": "a b"}), **context}))


class Roster(forms.Form):
    name = forms.CharField(label="姓名", help_text="与身份证一致")
    kind = forms.ChoiceField(label="题型", choices=[("1", "单选"), ("2", "多选")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="我已核对")
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea)


def test_field_ties_label_hint_and_error_to_the_control():
    html = render('{% include "components/field.html" with field=form.name %}', form=Roster({"name": ""}))
    assert '<label for="id_name">' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="control"' in html


def test_field_keeps_what_was_typed_and_escapes_it():
    html = render('{% include "components/field.html" with field=form.name %}', form=Roster({"name": '"><b>'}))
    assert "&quot;&gt;&lt;b&gt;" in html


def test_field_groups_choices_under_a_legend():
    html = render('{% include "components/field.html" with field=form.kind %}', form=Roster({}))
    assert '<fieldset class="field field-err" id="id_kind"' in html
    assert html.count('type="radio"') == 2
    assert '<label class="opt" for="id_kind_1">' in html


def test_field_says_when_it_may_stay_empty():
    assert "选填" in render('{% include "components/field.html" with field=form.note %}', form=Roster())
    assert "选填" not in render('{% include "components/field.html" with field=form.name %}', form=Roster())


def test_errors_link_to_each_field_and_show_the_forms_own():
    form = Roster({"name": ""})
    form.add_error(None, "名单已冻结。")
    html = render('{% include "components/errors.html" %}', form=form)
    for target in ("#id_name", "#id_kind", "#id_sure"):
        assert f'href="{target}"' in html
    assert "名单已冻结。" in html
    assert 'role="alert"' in html


def test_errors_is_silent_when_nothing_is_wrong():
    assert "errsum" not in render('{% include "components/errors.html" %}', form=Roster())


def test_state_shows_returned_and_rejected_differently():
    returned = render('{% state "returned" "已退回" %}')
    rejected = render('{% state "rejected" "不通过" %}')
    assert "chip-back" in returned
    assert "i-back" in returned
    assert "chip-no" in rejected
    assert "i-cross" in rejected


def test_state_escapes_its_text_and_is_plain_when_unknown():
    html = render('{% state "unheard" text %}', text="<i>")
    assert html == '<span class="chip">&lt;i&gt;</span>'


def test_pager_keeps_the_rest_of_the_address():
    page = Paginator(range(100), 10).page(5)
    html = render('{% include "components/pager.html" %}', page=page)
    assert 'href="?q=a+b&amp;page=6"' in html
    assert 'aria-current="page"' in html


def test_pager_is_not_there_when_all_fits_on_one_page():
    assert "<nav" not in render('{% include "components/pager.html" %}', page=Paginator(range(3), 10).page(1))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("mine=True decider='周衡'", "等您决定"),
        ("own=True", "这是您拟定的，须由另一人决定。"),
        ("state='returned' decider='周衡' decision_reason='线偏高'", "线偏高"),
        ("state='approved' decider='周衡'", "已批准"),
    ],
)
def test_approval_says_where_it_stands(given, words):
    html = render("{% approval '批准划线' proposer='沈书年' " + given + " %}表单{% endapproval %}")
    assert words in html
    assert "表单" in html


def test_funnel_writes_small_numbers_beside_their_bar():
    steps = [{"label": "报名", "count": 1284}, {"label": "合格", "count": 60}]
    html = render('{% include "components/funnel.html" with steps=steps only %}', steps=steps)
    assert 'width="100.0%"' in html
    assert '<text class="out" x="4.7%"' in html
    assert ">1284<" in html


def test_charts_without_data_or_line_draw_nothing_of_it():
    assert "<ol" not in render('{% include "components/funnel.html" with steps=steps only %}', steps=[])
    bins = [{"low": 0, "high": 10, "count": 2}]
    html = render('{% include "components/distribution.html" with bins=bins only %}', bins=bins)
    assert 'class="bar"' in html
    assert 'class="cut"' not in html
