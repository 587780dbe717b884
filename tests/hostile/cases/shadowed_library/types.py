print("my notes on types")
