"""The papers that the core and its plugins carry, by first author and year."""

EBANA = """@software{ebana,
  author = {{The EBANA developers}},
  title = {EBANA, an energy-based analog neural network framework},
  version = {VERSION},
  year = {2026}
}"""
WATFA_2022 = """@inproceedings{watfa2022,
  author = {Watfa, Mohamed and Garcia-Ortiz, Alberto and Sassatelli, Gilles},
  title = {Energy-Based Analog Neural Network Framework},
  booktitle = {IEEE 35th International System-on-Chip Conference (SOCC)},
  year = {2022},
  doi = {10.1109/SOCC56010.2022.9908086}
}"""
SCELLIER_2024 = """@inproceedings{scellier2024,
  author = {Scellier, Benjamin},
  title = {A Fast Algorithm to Simulate Nonlinear Resistive Networks},
  booktitle = {Proceedings of the 41st International Conference on Machine Learning},
  year = {2024},
  note = {arXiv:2402.11674}
}"""
SCELLIER_2017 = """@article{scellier2017,
  author = {Scellier, Benjamin and Bengio, Yoshua},
  title = {Equilibrium Propagation: Bridging the Gap between Energy-Based Models and
    Backpropagation},
  journal = {Frontiers in Computational Neuroscience},
  volume = {11},
  year = {2017},
  doi = {10.3389/fncom.2017.00024},
  note = {arXiv:1602.05179}
}"""
KENDALL_2020 = """@article{kendall2020,
  author = {Kendall, Jack and Pantone, Ross and Manickavasagam, Kalpana and Bengio, Yoshua
    and Scellier, Benjamin},
  title = {Training End-to-End Analog Neural Networks with Equilibrium Propagation},
  journal = {arXiv:2006.01981},
  year = {2020}
}"""
LABORIEUX_2021 = """@article{laborieux2021,
  author = {Laborieux, Axel and Ernoult, Maxence and Scellier, Benjamin and Bengio, Yoshua and
    Grollier, Julie and Querlioz, Damien},
  title = {Scaling Equilibrium Propagation to Deep ConvNets by Drastically Reducing Its Gradient
    Estimator Bias},
  journal = {Frontiers in Neuroscience},
  volume = {15},
  year = {2021},
  note = {arXiv:2006.03824}
}"""
STERN_2021 = """@article{stern2021,
  author = {Stern, Menachem and Hexner, Daniel and Rocks, Jason W. and Liu, Andrea J.},
  title = {Supervised Learning in Physical Networks: From Machine Learning to Learning Machines},
  journal = {Physical Review X},
  volume = {11},
  pages = {021045},
  year = {2021}
}"""
MCGINNIS_2026 = """@misc{mcginnis2026,
  author = {McGinnis, Joshua A. and Li, Xinbo and Mori, Yoichiro},
  title = {Coercivity and Local Convergence of Physical Learning in Linear Circuits},
  year = {2026},
  note = {arXiv:2606.15443}
}"""
SCURRIA_2026 = """@misc{scurria2026,
  author = {Scurria, Antonino Emanuele and Vanden Abeele, Dimitri and Mognetti, Bortolo Matteo and
    Massar, Serge},
  title = {Equilibrium Propagation for Non-Conservative Systems},
  year = {2026},
  note = {arXiv:2602.03670}
}"""
HE_2015 = """@misc{he2015,
  author = {He, Kaiming and Zhang, Xiangyu and Ren, Shaoqing and Sun, Jian},
  title = {Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet
    Classification},
  year = {2015},
  note = {arXiv:1502.01852}
}"""
MOVELLAN_1991 = """@incollection{movellan1991,
  author = {Movellan, Javier R.},
  title = {Contrastive Hebbian Learning in the Continuous Hopfield Model},
  booktitle = {Connectionist Models},
  year = {1991}
}"""
DILLAVOU_2022 = """@article{dillavou2022,
  author = {Dillavou, Sam and Stern, Menachem and Liu, Andrea J. and Durian, Douglas J.},
  title = {Demonstration of Decentralized Physics-Driven Learning},
  journal = {Physical Review Applied},
  volume = {18},
  pages = {014040},
  year = {2022}
}"""
DILLAVOU_2024 = """@article{dillavou2024,
  author = {Dillavou, Sam and Beyer, Benjamin D. and Stern, Menachem and Liu, Andrea J. and
    Miskin, Marc Z. and Durian, Douglas J.},
  title = {Machine Learning without a Processor: Emergent Learning in a Nonlinear Analog Network},
  journal = {Proceedings of the National Academy of Sciences},
  volume = {121},
  number = {28},
  pages = {e2319718121},
  year = {2024}
}"""
DILLAVOU_2025 = """@misc{dillavou2025,
  author = {Dillavou, Sam and Guzman, Marcelo and Liu, Andrea J. and Durian, Douglas J.},
  title = {Understanding and Embracing Imperfection in Physical Learning Networks},
  year = {2025},
  note = {arXiv:2505.22887}
}"""
WYCOFF_2022 = """@article{wycoff2022,
  author = {Wycoff, Jacob F. and Dillavou, Sam and Stern, Menachem and Liu, Andrea J. and
    Durian, Douglas J.},
  title = {Desynchronous Learning in a Physics-Driven Learning Network},
  journal = {The Journal of Chemical Physics},
  volume = {156},
  pages = {144903},
  year = {2022},
  doi = {10.1063/5.0084631}
}"""
STERN_2024 = """@article{stern2024,
  author = {Stern, Menachem and Dillavou, Sam and Jayaraman, Dinesh and Durian, Douglas J. and
    Liu, Andrea J.},
  title = {Training Self-Learning Circuits for Power-Efficient Solutions},
  journal = {APL Machine Learning},
  volume = {2},
  pages = {016114},
  year = {2024},
  doi = {10.1063/5.0181382}
}"""
KINGMA_2015 = """@inproceedings{kingma2015,
  author = {Kingma, Diederik P. and Ba, Jimmy},
  title = {Adam: A Method for Stochastic Optimization},
  booktitle = {International Conference on Learning Representations},
  year = {2015},
  note = {arXiv:1412.6980}
}"""
MARTINS_2016 = """@inproceedings{martins2016,
  author = {Martins, André F. T. and Astudillo, Ramón F.},
  title = {From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label Classification},
  booktitle = {International Conference on Machine Learning},
  year = {2016},
  note = {arXiv:1602.02068}
}"""
