"""GPT 次の単語 「雨が激しく降る」: text, laboratory, figures and recorded run of the lesson."""
