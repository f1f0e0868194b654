"""The demo's district: 39 schools, everyone who teaches there, what they were trained for and what they hold."""
