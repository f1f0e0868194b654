"""The addresses of this app."""

from django.urls import path

from certs.views import duties, external, holding, lists, public, schemes, standing, types

app_name = "certs"
urlpatterns = [
    path("", holding.mine, name="mine"),
    path("verify/", public.verify, name="verify"),
    path("verify/t/<str:token>/", public.verify_token, name="verify_token"),
    path("lists/", lists.batches, name="batches"),
    path("lists/<int:pk>/", lists.batch, name="batch"),
    path("lists/<int:pk>/take-back/", lists.take_back, name="take_back"),
    path("register/", lists.register, name="register"),
    path("schemes/", schemes.schemes, name="schemes"),
    path("schemes/new/", schemes.new_scheme, name="new_scheme"),
    path("schemes/<int:pk>/levels/new/", schemes.new_level, name="new_level"),
    path("duties/", duties.duties, name="duties"),
    path("duties/new/", duties.new_duty, name="new_duty"),
    path("duties/<int:pk>/end/", duties.end_duty, name="end_duty"),
    path("duties/<int:pk>/take-back/", duties.take_back_duty, name="take_back_duty"),
    path("external/", external.external_list, name="external_list"),
    path("external/new/", external.submit, name="submit_external"),
    path("external/<int:pk>/", external.external, name="external"),
    path("external/<int:pk>/scan/", external.scan, name="scan"),
    path("external/<int:pk>/decide/", external.decide, name="decide_external"),
    path("external/types/", types.types, name="types"),
    path("external/types/new/", types.new_type, name="new_type"),
    path("external/types/<int:pk>/", types.type_page, name="type"),
    path("external/types/<int:pk>/map/", types.map_type, name="map_type"),
    path("external/types/<int:pk>/end/", types.end_type, name="end_type"),
    path("<int:pk>/", standing.credential, name="credential"),
    path("<int:pk>/download/", holding.download, name="download"),
    path("<int:pk>/picture/", holding.picture, name="picture"),
    path("<int:pk>/show/", holding.show, name="show"),
    path("<int:pk>/change/", standing.propose, name="propose_change"),
    path("changes/<int:pk>/decide/", standing.decide, name="decide_change"),
]
