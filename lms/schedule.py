"""Every job that the clock drives, in one place: what runs, and how often (seconds)."""

SCHEDULE = {
    "inbox: deliver what waits": {"task": "lms.inbox.jobs.sweep", "schedule": 60.0},
    "journal: seal new lines": {"task": "lms.journal.jobs.seal", "schedule": 30.0},
    "people: send the codes that wait": {"task": "lms.people.jobs.send_waiting_codes", "schedule": 30.0},
    "exams: hand in what is overdue": {"task": "exams.jobs.close_overdue", "schedule": 10.0},
    "exams: mark what waits": {"task": "exams.jobs.mark_pending", "schedule": 10.0},
    "exams: reckon how questions did": {"task": "exams.jobs.reckon_figures", "schedule": 600.0},
    "exams: find lost prints": {"task": "exams.jobs.sweep_prints", "schedule": 60.0},
    "certificates: draw what waits": {"task": "certs.jobs.sweep", "schedule": 20.0},
    "training: complete who is ready": {"task": "lms.training.jobs.complete_ready", "schedule": 600.0},
    "training: pass unanswered seats on": {"task": "lms.training.jobs.lapse_offers", "schedule": 60.0},
    "courses: tell what is new": {"task": "cms.jobs.announce", "schedule": 900.0},
    "search: find what was left out": {"task": "cms.jobs.sweep_search", "schedule": 600.0},
    "people: find lost imports": {"task": "lms.people.jobs.sweep_imports", "schedule": 30.0},
    "courses: publish what is due": {"task": "cms.jobs.publish_due", "schedule": 60.0},
    "courses: draw the pages of PDFs that wait": {"task": "cms.jobs.draw_waiting", "schedule": 60.0},
}
