"""Self-Attention 「鳥がナク」: does the model read 鳴く because of 鳥? The claim is tested by cutting the edge."""
