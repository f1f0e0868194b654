"""The addresses of examinations, one file per room of the work."""

from exams.urls import bank, collecting, convening, hearing, marking, on_paper, papers, registration, results, sitting

app_name = "exams"
urlpatterns = [
    *sitting.urlpatterns,  # the most frequent ones, so they are tried first
    *convening.urlpatterns,
    *registration.urlpatterns,
    *collecting.urlpatterns,
    *bank.urlpatterns,
    *papers.urlpatterns,
    *on_paper.urlpatterns,
    *marking.urlpatterns,
    *hearing.urlpatterns,
    *results.urlpatterns,
]
