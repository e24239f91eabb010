"""ChatGPT API 入門: text, laboratory, figures and recorded calls of the lesson."""
