"""Slack, by its Events API and Web API: https://docs.slack.dev/apis/events-api."""
