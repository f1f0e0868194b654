"""The addresses of this app."""

from django.urls import path

from lms.records.views import claims, deciding, exemptions, exports, honours, own, people, rules, trainings

app_name = "records"
urlpatterns = [
    path("", own.mine, name="mine"),
    path("trainings/", trainings.trainings, name="trainings"),
    path("trainings/<int:pk>/", trainings.training, name="training"),
    path("trainings/<int:pk>/strike/", trainings.strike, name="strike"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/statement/", own.print_statement, name="statement"),
    path("people/<int:pk>/exempt/", exemptions.propose_exemption, name="propose_exemption"),
    path("exemptions/", exemptions.exemptions, name="exemptions"),
    path("exemptions/<int:pk>/", exemptions.exemption, name="exemption"),
    path("exemptions/<int:pk>/decide/", exemptions.decide_exemption, name="decide_exemption"),
    path("exemptions/<int:pk>/paper/", exemptions.exemption_paper, name="exemption_paper"),
    path("people/<int:pk>/honours/new/", honours.enter_honour, name="enter_honour"),
    path("honours/", honours.honours, name="honours"),
    path("honours/mine/", honours.my_honours, name="my_honours"),
    path("honours/<int:pk>/", honours.honour, name="honour"),
    path("honours/<int:pk>/decide/", honours.decide_honour, name="decide_honour"),
    path("honours/<int:pk>/paper/", honours.honour_paper, name="honour_paper"),
    path("people/hours/<int:pk>/take-back/", people.take_back_hours, name="take_back_hours"),
    path("people/export/", people.export, name="export"),
    path("claims/", claims.my_claims, name="my_claims"),
    path("claims/new/", claims.new_claim, name="new_claim"),
    path("claims/queue/", deciding.claim_queue, name="claim_queue"),
    path("claims/exports/", exports.exports, name="exports"),
    path("claims/exports/<int:pk>/", exports.take_export, name="take_export"),
    path("claims/<int:pk>/", claims.claim, name="claim"),
    path("claims/<int:pk>/edit/", claims.edit_claim, name="edit_claim"),
    path("claims/<int:pk>/proofs/", claims.add_proof, name="add_proof"),
    path("claims/<int:pk>/submit/", claims.submit_claim, name="submit_claim"),
    path("claims/<int:pk>/decide/", deciding.decide_claim, name="decide_claim"),
    path("claims/proofs/<int:pk>/", claims.proof, name="proof"),
    path("claims/proofs/<int:pk>/remove/", claims.remove_proof, name="remove_proof"),
    path("rules/", rules.rules, name="rules"),
    path("rules/new/", rules.new_rules, name="new_rules"),
    path("rules/<int:pk>/", rules.rule_set, name="rule_set"),
    path("rules/<int:pk>/end/", rules.end_rules, name="end_rules"),
    path("rules/<int:pk>/take-back/", rules.take_back_rules, name="take_back_rules"),
]
